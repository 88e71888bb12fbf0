import { InvalidUriError } from './errors.ts';

/** A topic's or procedure's name: dot-separated segments, checked by `parseUri`. */
export type Uri = string & { readonly brand: 'Uri' };

/**
 * `strict`: segments of lower-case letters, digits, `_` and `-`. `loose`: what WAMP's loose URIs allow, anything
 * but white space, `#`, lone surrogates, and empty segments.
 */
export type UriMode = 'strict' | 'loose';

/** The longest URI or pattern, in UTF-16 units. */
export const maxUriLength = 1024;
/** The most segments of a URI or pattern. */
export const maxUriSegments = 64;

const strictSegment = /^[a-z0-9_-]+$/;
const looseSegment = /^[^\s#.\p{Surrogate}]+$/u;
/** A whole strict URI, with up to `maxUriSegments` segments: the common case in one test. */
const strictUri = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+){0,63}$/;

/** Checks the name of a topic or procedure. Throws InvalidUriError, which says what is wrong with it. */
export function parseUri(text: string, mode: UriMode = 'strict'): Uri {
  if (isPlainUri(text, mode)) return text as Uri;
  for (const segment of uriSegments(text)) checkLiteralSegment(segment, text, mode);
  return text as Uri;
}

function isPlainUri(text: unknown, mode: UriMode): boolean {
  return (
    mode === 'strict' &&
    typeof text === 'string' &&
    text.length <= maxUriLength &&
    strictUri.test(text)
  );
}

/** Splits at the dots. Throws InvalidUriError for what is too long or no string at all. */
export function uriSegments(text: string): string[] {
  if (typeof text !== 'string') {
    throw new InvalidUriError(`a URI must be a string, got ${typeof text}`);
  }
  if (text.length > maxUriLength) {
    throw new InvalidUriError(
      `${quote(text)} has ${text.length} characters; a URI may have ${maxUriLength}. Entity data belongs into the payload`,
    );
  }
  const segments = text.split('.');
  if (segments.length > maxUriSegments) {
    throw new InvalidUriError(
      `${quote(text)} has ${segments.length} segments; a URI may have ${maxUriSegments}`,
    );
  }
  return segments;
}

/** Throws InvalidUriError unless `segment` can stand in a topic's name. */
export function checkLiteralSegment(segment: string, text: string, mode: UriMode): void {
  if (segment === '') {
    throw new InvalidUriError(
      text === ''
        ? 'a URI must not be empty'
        : `${quote(text)} has an empty segment: write segments with single dots between them, as in be.cortexiq.home`,
    );
  }
  if (segment === '*' || segment === '**') {
    throw new InvalidUriError(
      `${quote(text)} has the wildcard ${segment} where only a plain name may stand`,
    );
  }
  if ((mode === 'strict' ? strictSegment : looseSegment).test(segment)) return;
  throw new InvalidUriError(
    mode === 'strict'
      ? `${quote(text)} has the segment ${quote(segment)}: segments take a-z, 0-9, _ and - (loose mode allows more)`
      : `${quote(text)} has the segment ${quote(segment)}: white space, # and lone surrogates are not allowed`,
  );
}

/** For error messages: quoted and cut short. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}

/**
 * The directory prefixes under which patterns that match `topic` can be announced: the empty one and every run
 * of leading segments. 'a.b.c' gives '', 'a', 'a.b', 'a.b.c'.
 */
export function literalPrefixesOf(topic: string): string[] {
  const prefixes = [''];
  for (let dot = topic.indexOf('.'); dot !== -1; dot = topic.indexOf('.', dot + 1)) {
    prefixes.push(topic.slice(0, dot));
  }
  prefixes.push(topic);
  return prefixes;
}
