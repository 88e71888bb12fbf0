import { InvalidUriError } from './errors.ts';
import { checkLiteralSegment, quote, type UriMode, uriSegments } from './uri.ts';

/** How a pattern's text is read. */
export type PatternMatch = 'exact' | 'prefix' | 'wildcard';

export interface PatternOptions {
  /** Default: `wildcard` when the text has a `*` or `**` segment, else `exact`. */
  readonly match?: PatternMatch;
  /** Which segments the literal part may have. Default `strict`. */
  readonly mode?: UriMode;
}

/**
 * What a subscription or registration asks for.
 *
 * - `exact`: the one topic of that name.
 * - `prefix`: every topic whose text begins with it, as WAMP has it: 'a.b' matches 'a.b', 'a.b.c' and 'a.bc'.
 * - `wildcard`: segment by segment; `*` stands for exactly one segment, a last `**` for any rest, also none:
 *   'a.**' matches 'a', 'a.b' and 'a.b.c'. An empty segment, WAMP's wildcard, is read as `*`.
 *
 * Immutable.
 */
export class Pattern {
  /** The canonical text. */
  readonly text: string;
  readonly match: PatternMatch;
  /**
   * The leading segments that every matching topic has whole: up to the first wildcard, and for `prefix`
   * up to the last dot; '' if there are none. For `exact` the whole text.
   */
  readonly literalPrefix: string;
  /** Equal for patterns that match the same way, so it serves as a map key. */
  readonly key: string;
  /** Dot-separated parts of `text`. Read-only by convention. */
  readonly segments: readonly string[];

  private constructor(match: PatternMatch, segments: readonly string[]) {
    this.match = match;
    this.segments = segments;
    this.text = segments.join('.');
    this.key = `${match}:${this.text}`;
    this.literalPrefix = segments.slice(0, literalCount(match, segments)).join('.');
  }

  /** Reads a pattern. One without wildcards is `exact`, whatever was asked. Throws InvalidUriError, which says what is wrong. */
  static parse(text: string, options: PatternOptions = {}): Pattern {
    const { mode = 'strict' } = options;
    const segments = uriSegments(text);
    const match = options.match ?? (segments.some(isWildcard) ? 'wildcard' : 'exact');
    switch (match) {
      case 'exact':
        for (const segment of segments) checkLiteralSegment(segment, text, mode);
        return new Pattern('exact', segments);
      case 'prefix':
        return new Pattern('prefix', checkPrefix(segments, text, mode));
      case 'wildcard':
        return Pattern.#wildcard(checkWildcard(segments, text, mode));
      default:
        throw new InvalidUriError(
          `match must be exact, prefix or wildcard, got ${quote(String(match))}`,
        );
    }
  }

  static #wildcard(segments: readonly string[]): Pattern {
    return new Pattern(segments.some(isWildcard) ? 'wildcard' : 'exact', segments);
  }

  /** Whether `topic`, a valid URI, is one that this pattern asks for. */
  matches(topic: string): boolean {
    if (this.match === 'exact') return topic === this.text;
    if (this.match === 'prefix') return topic.startsWith(this.text);
    let at = 0;
    for (const segment of this.segments) {
      if (segment === '**') return true;
      if (at > topic.length) return false;
      const dot = topic.indexOf('.', at);
      const end = dot === -1 ? topic.length : dot;
      if (segment !== '*' && (end - at !== segment.length || !topic.startsWith(segment, at))) {
        return false;
      }
      at = end + 1;
    }
    return at === topic.length + 1;
  }

  toString(): string {
    return this.text;
  }
}

function isWildcard(segment: string): boolean {
  return segment === '*' || segment === '**';
}

function literalCount(match: PatternMatch, segments: readonly string[]): number {
  if (match === 'prefix') return segments.length - 1;
  const first = segments.findIndex(isWildcard);
  return first === -1 ? segments.length : first;
}

/** A prefix may end anywhere, also behind a dot, but what it has must be able to begin a topic. */
function checkPrefix(segments: readonly string[], text: string, mode: UriMode): readonly string[] {
  if (text === '') {
    throw new InvalidUriError('a prefix pattern must not be empty: write ** to match every topic');
  }
  for (const [index, segment] of segments.entries()) {
    if (segment === '' && index > 0 && index === segments.length - 1) continue;
    checkLiteralSegment(segment, text, mode);
  }
  return segments;
}

function checkWildcard(
  segments: readonly string[],
  text: string,
  mode: UriMode,
): readonly string[] {
  const parts = segments.map((segment) => (segment === '' && text !== '' ? '*' : segment));
  for (const [index, segment] of parts.entries()) {
    if (segment === '**' && index < parts.length - 1) {
      throw new InvalidUriError(
        `${quote(text)} has ** before its end: ** may only be the last segment; * stands for exactly one`,
      );
    }
    if (!isWildcard(segment)) checkLiteralSegment(segment, text, mode);
  }
  return parts;
}
