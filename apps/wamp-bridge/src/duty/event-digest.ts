import { hash } from 'node:crypto';
import type { CrossingEvent } from '../buffer/event-lane.ts';

/**
 * What bridges of one group call an event by. Two events of the same content have the same digest; they are counted, and either
 * may stand for the other.
 */
export function digestOf({ topic, args, kwargs }: CrossingEvent): string {
  const text = `${topic}\n${stableText(args)}\n${stableText(kwargs)}`;
  return hash('sha256', text, 'base64').slice(0, 22);
}

/** Routers and serializers may change the order of keys. */
function stableText(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'bigint') return `${item}n`;
    if (ArrayBuffer.isView(item))
      return Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString('base64');
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
