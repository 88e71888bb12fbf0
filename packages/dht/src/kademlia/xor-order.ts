import { Id, NodeId, type Random } from '@macula/core';

/** Sorts by distance to `target`, nearest first, in place. */
export function sortByDistance<T extends { readonly id: Id }>(contacts: T[], target: Id): T[] {
  return contacts.sort((a, b) => target.compareDistance(a.id, b.id));
}

/** Whether `id` is nearer to `target` than the last of the `count` nearest in `sorted`, or there are fewer. */
export function isAmongNearest(
  id: Id,
  target: Id,
  sorted: readonly { readonly id: Id }[],
  count: number,
): boolean {
  const last = sorted[count - 1];
  return last === undefined || target.compareDistance(id, last.id) <= 0;
}

/** A random ID that shares exactly `length` leading bits with `id`: one that falls into that bucket. */
export function randomIdSharing(id: Id, length: number, random: Random): NodeId {
  const bytes = random.bytes(Id.byteLength);
  const whole = length >> 3;
  bytes.set(id.bytes.subarray(0, whole));
  if (whole < Id.byteLength) {
    const own = id.bytes[whole] as number;
    const kept = (0xff00 >> (length & 7)) & 0xff;
    const flipped = 0x80 >> (length & 7);
    const free = 0xff & ~kept & ~flipped;
    bytes[whole] = (own & kept) | (~own & flipped) | ((bytes[whole] as number) & free);
  }
  return NodeId.fromBytes(bytes);
}
