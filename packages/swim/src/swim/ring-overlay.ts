import type { NodeId } from '@macula/core';

/** Positions on a ring are 48 bits wide. */
const circumference = 2 ** 48;

/** Where `id` stands on ring `ring`: its bytes from the ring's own offset on. IDs are hashes, so rings are independent shuffles. */
export function ringPosition(id: NodeId, ring: number): number {
  const { bytes } = id;
  let position = 0;
  for (let i = 0; i < 6; i++) position = position * 256 + (bytes[ring * 4 + i] as number);
  return position;
}

/** The first 32 bits of a position, cheaper than all 48. */
function leadingBits({ bytes }: NodeId, ring: number): number {
  const at = ring * 4;
  const high = ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  const low = ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number);
  return ((high << 16) | low) >>> 0;
}

/** Way from `from` to `to`, going up; a full turn for equal positions. */
function wayUp(from: number, to: number): number {
  const way = to - from;
  return way > 0 ? way : way + circumference;
}

interface Seat {
  id: NodeId | undefined;
  distance: number;
}

interface Ring {
  readonly own: number;
  readonly ownLead: number;
  readonly after: Seat;
  readonly before: Seat;
}

/**
 * A node's neighbours on k rings, each of which orders all members by another part of their IDs: the one after it
 * and the one before it on each. The union of k random rings is a 2k-regular expander with high
 * probability, and everybody finds his place in it from the list of members alone (Rapid, Suresh et al. 2018, §4.1).
 */
export class RingOverlay {
  readonly #rings: readonly Ring[];

  constructor(self: NodeId, rings: number) {
    this.#rings = Array.from({ length: rings }, (_, ring) => ({
      own: ringPosition(self, ring),
      ownLead: leadingBits(self, ring),
      after: { id: undefined, distance: Infinity },
      before: { id: undefined, distance: Infinity },
    }));
  }

  /** At most two for each ring. */
  neighbours(): Map<string, NodeId> {
    const neighbours = new Map<string, NodeId>();
    for (const { after, before } of this.#rings) {
      for (const { id } of [after, before]) if (id !== undefined) neighbours.set(id.key, id);
    }
    return neighbours;
  }

  /** Returns whether the neighbours may have changed. */
  add(id: NodeId): boolean {
    let changed = false;
    for (let index = 0; index < this.#rings.length; index++) {
      if (seat(this.#rings[index] as Ring, index, id)) changed = true;
    }
    return changed;
  }

  /** `rest` are all that stay; they are asked for only where a neighbour has gone. */
  remove(id: NodeId, rest: () => Iterable<NodeId>): boolean {
    const open: number[] = [];
    for (const [index, { after, before }] of this.#rings.entries()) {
      const [left, right] = [vacate(after, id), vacate(before, id)];
      if (left || right) open.push(index);
    }
    if (open.length === 0) return false;
    for (const other of rest()) {
      for (const index of open) seat(this.#rings[index] as Ring, index, other);
    }
    return true;
  }
}

/** Gives `id` the seats on ring number `index` that it is nearest to; returns whether there are any. */
function seat(ring: Ring, index: number, id: NodeId): boolean {
  if (isFar(ring, leadingBits(id, index))) return false;
  const position = ringPosition(id, index);
  const after = offer(ring.after, id, wayUp(ring.own, position));
  const before = offer(ring.before, id, wayUp(position, ring.own));
  return after || before;
}

/** Whether the leading bits tell that a position is nearer than neither neighbour: of thousands of members, nearly all are not. */
function isFar({ ownLead, after, before }: Ring, lead: number): boolean {
  const up = (lead - ownLead) >>> 0;
  const down = (ownLead - lead) >>> 0;
  // What the other 16 bits add changes either way by less than one.
  return (up - 1) * 2 ** 16 >= after.distance && (down - 1) * 2 ** 16 >= before.distance;
}

function vacate(seat: Seat, id: NodeId): boolean {
  if (seat.id?.equals(id) !== true) return false;
  seat.id = undefined;
  seat.distance = Infinity;
  return true;
}

/** Of equal positions, the smaller ID is nearer. */
function offer(seat: Seat, id: NodeId, distance: number): boolean {
  const nearer =
    distance < seat.distance ||
    (distance === seat.distance && seat.id !== undefined && id.compare(seat.id) < 0);
  if (!nearer) return false;
  seat.id = id;
  seat.distance = distance;
  return true;
}
