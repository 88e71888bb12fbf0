import type { Id } from '@macula/core';
import { Candidate } from './candidate.ts';
import type { Contact } from './contact.ts';
import { subnetOfContact, type SubnetRule } from './subnet.ts';
import { SubnetTally } from './subnet-tally.ts';

export interface ShortlistOptions {
  /** How many answered candidates end the lookup. */
  readonly width: number;
  /** Most candidates of one public /24 or /48, so that one owner cannot fill a key's neighbourhood. */
  readonly perSubnet: number;
  /** Default: all candidates at public addresses count. */
  readonly subnetOf?: SubnetRule;
}

/** Candidates that are kept, as a multiple of the width: what lies farther out is not reached any more. */
const keptWidths = 16;

/**
 * What one lookup knows, nearest to the target first. The lookup is over when the nearest `width` candidates that
 * have not failed have all answered (Maymounkov and Mazières 2002, §2.3).
 */
export class Shortlist {
  readonly #target: Id;
  readonly #options: ShortlistOptions;
  readonly #known = new Map<string, Candidate>();
  readonly #candidates: Candidate[] = [];

  constructor(target: Id, options: ShortlistOptions) {
    this.#target = target;
    this.#options = options;
  }

  /** Takes in a contact that `namer` has named, or that was known before. False when it is here already, or too far away. */
  add(contact: Contact, namer?: Candidate): boolean {
    const { id } = contact;
    const before = this.#known.get(id.key);
    before?.namedBy(namer);
    if (before !== undefined) return false;
    const at = this.#positionOf(id);
    const most = this.#options.width * keptWidths;
    if (at >= most) return false;
    const subnet = (this.#options.subnetOf ?? subnetOfContact)(contact);
    const candidate = new Candidate(contact, (namer?.depth ?? 0) + 1, subnet);
    candidate.namedBy(namer);
    this.#known.set(id.key, candidate);
    this.#candidates.splice(at, 0, candidate);
    if (this.#candidates.length > most) {
      const last = this.#candidates[most] as Candidate;
      if (last.state === 'new') {
        this.#candidates.pop();
        this.#known.delete(last.id.key);
      }
    }
    return true;
  }

  /** The next candidate to ask: of the `choices` nearest new ones within the width the cheapest, and of those the nearest. */
  next(choices = 1, cost: (contact: Contact) => number = () => 0): Candidate | undefined {
    let best: Candidate | undefined;
    let least = Infinity;
    let left = choices;
    for (const candidate of this.#nearest()) {
      if (candidate.state !== 'new') continue;
      const price = (candidate.cost ??= cost(candidate.contact));
      if (best === undefined || price < least) {
        best = candidate;
        least = price;
      }
      if (--left <= 0) break;
    }
    return best;
  }

  /** Whether the nearest `width` have all answered. */
  get converged(): boolean {
    return this.leadersAnswered(this.#options.width);
  }

  /** Whether the nearest `count` have all answered. */
  leadersAnswered(count: number): boolean {
    for (const { state } of this.#nearest(count)) if (state !== 'answered') return false;
    return true;
  }

  /** The nearest that have answered, at most `count`. */
  answered(count = this.#options.width): Candidate[] {
    const result: Candidate[] = [];
    for (const candidate of this.#eligible()) {
      if (candidate.state !== 'answered') continue;
      if (result.push(candidate) === count) break;
    }
    return result;
  }

  *#nearest(count = this.#options.width): Iterable<Candidate> {
    let left = count;
    for (const candidate of this.#eligible()) {
      if (left-- === 0) return;
      yield candidate;
    }
  }

  /** All that have neither failed nor stalled, and are worth asking, without those whose subnet has its share already. */
  *#eligible(): Iterable<Candidate> {
    const shares = new SubnetTally(this.#options.perSubnet);
    for (const candidate of this.#candidates) {
      const { state } = candidate;
      if (state === 'failed' || state === 'stalled' || state === 'taken') continue;
      if (state === 'new' && candidate.doubtful) continue;
      if (!shares.allows(candidate.subnet)) continue;
      shares.add(candidate.subnet);
      yield candidate;
    }
  }

  #positionOf(id: Id): number {
    let low = 0;
    let high = this.#candidates.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#candidates[middle] as Candidate;
      if (this.#target.compareDistance(other.id, id) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
