import { Id, NodeId, type Random } from '@macula/core';

/** Sorts by distance to `target`, nearest first, in place. */
export function sortByDistance<T extends { readonly id: Id }>(contacts: T[], target: Id): T[] {
  return contacts.sort((a, b) => target.compareDistance(a.id, b.id));
}

/** The `count` of `all` that are nearest to `target`, nearest first: one pass, since there may be thousands. */
export function nearestOf<T extends { readonly id: Id }>(
  all: Iterable<T>,
  target: Id,
  count: number,
): T[] {
  const nearest: T[] = [];
  // Nearly always the first bits of the distances are enough to order them.
  const leads: number[] = [];
  const isNearer = (lead: number, { id }: T, at: number): boolean => {
    const other = leads[at] as number;
    if (lead !== other) return lead < other;
    return target.compareDistance(id, (nearest[at] as T).id) < 0;
  };
  for (const one of all) {
    const lead = leadingDistance(one.id, target);
    let at = nearest.length;
    while (at > 0 && isNearer(lead, one, at - 1)) at--;
    if (at >= count) continue;
    nearest.splice(at, 0, one);
    leads.splice(at, 0, lead);
    if (nearest.length > count) {
      nearest.pop();
      leads.pop();
    }
  }
  return nearest;
}

/** The first 32 bits of the distance. */
function leadingDistance({ bytes }: Id, { bytes: target }: Id): number {
  let word = 0;
  for (let i = 0; i < 4; i++) word = (word << 8) | ((bytes[i] as number) ^ (target[i] as number));
  return word >>> 0;
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
