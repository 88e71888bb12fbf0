import { parseUri, Pattern, type UriMode } from '@macula/core';
import type { Dict } from './dict.ts';
import { WampUri } from './error-uri.ts';
import { WampError } from './errors.ts';

/** Whether a name belongs to the router itself. */
export function isReserved(uri: string): boolean {
  return uri.startsWith('wamp.') || uri.startsWith('macula.wamp.');
}

/** Throws WampError `wamp.error.invalid_uri`. */
export function checkUri(text: string, mode: UriMode): void {
  try {
    parseUri(text, mode);
  } catch (cause) {
    throw invalidUri(cause);
  }
}

/**
 * The pattern that a client asks for with `options.match`. WAMP's empty prefix matches everything, which the mesh calls
 * `**`. Throws WampError.
 */
export function patternOf(text: string, options: Dict, mode: UriMode): Pattern {
  const match = options['match'] ?? 'exact';
  if (match !== 'exact' && match !== 'prefix' && match !== 'wildcard') {
    throw new WampError(WampUri.invalidArgument, [
      `match must be exact, prefix or wildcard, got ${JSON.stringify(match)}`,
    ]);
  }
  try {
    return match === 'prefix' && text === ''
      ? Pattern.parse('**', { match: 'wildcard', mode })
      : Pattern.parse(text === '' && match === 'wildcard' ? '*' : text, { match, mode });
  } catch (cause) {
    throw invalidUri(cause);
  }
}

/** Whether the pattern asks for what routers themselves have to say: meta events are for who asks for them by name. */
export function isMetaPattern(pattern: Pattern): boolean {
  const [first] = pattern.segments;
  return first === 'wamp' && (pattern.match !== 'prefix' || pattern.segments.length > 1);
}

function invalidUri(cause: unknown): WampError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new WampError(WampUri.invalidUri, [message], {}, { cause });
}
