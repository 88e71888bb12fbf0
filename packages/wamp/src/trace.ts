import type { Random } from '@macula/core';
import { isId } from './wamp-id.ts';

/**
 * Marks what this router sends into the mesh: every publication and call begins a W3C trace, whose ID is made of the
 * router's own random half and the number of the publication or call. So the router knows its own events when the
 * mesh brings them back, publications have the same ID at all routers, and a call can be named from afar.
 */
export class TraceMark {
  readonly #prefix: string;
  readonly #suffix: string;

  constructor(random: Random) {
    const half = Buffer.from(random.bytes(8)).toString('hex');
    this.#prefix = `00-${half}`;
    this.#suffix = `-${half}-00`;
  }

  /** The `traceparent` that stands for `id`. */
  of(id: number): string {
    // Two halves of 32 bits: for larger numbers the engine's conversion is many times slower.
    const high = Math.floor(id / 0x1_0000_0000).toString(16);
    const low = (id % 0x1_0000_0000).toString(16);
    return `${this.#prefix}${high.padStart(8, '0')}${low.padStart(8, '0')}${this.#suffix}`;
  }

  isOwn(traceparent: string | undefined): boolean {
    return traceparent?.startsWith(this.#prefix) === true;
  }
}

/** The number that some router's mark holds, if it is one. */
export function numberIn(traceparent: string | undefined): number | undefined {
  if (traceparent?.length !== 55) return undefined;
  const number = parseInt(traceparent.slice(19, 35), 16);
  return isId(number) ? number : undefined;
}
