import type { Contact } from './contact.ts';

/**
 * `stalled`: was asked and takes so long that the lookup does not wait for it; `taken`: another path of the lookup asks it.
 */
export type CandidateState = 'new' | 'asked' | 'stalled' | 'answered' | 'failed' | 'taken';

/** Whoever has named so many more nodes that do not answer than nodes that do is not believed. */
const tolerated = 2;

/**
 * A node that a lookup has heard of. It remembers who has named it: a liar could otherwise fill a lookup with nodes right next to
 * the target that do not exist, and all the time that there is with waiting for them.
 */
export class Candidate {
  readonly contact: Contact;
  readonly subnet: number | undefined;
  /** How many nodes had to be asked one after the other to hear of this one. */
  readonly depth: number;
  /** What asking it is expected to cost: worked out once, since that takes looking at its link. */
  cost: number | undefined;
  readonly #namedBy: Candidate[] = [];
  #state: CandidateState = 'new';
  #known = false;
  /** Nodes which this one has named and which did not answer, less those that did. */
  #misled = 0;

  constructor(contact: Contact, depth: number, subnet?: number) {
    this.contact = contact;
    this.depth = depth;
    this.subnet = subnet;
  }

  get id(): Contact['id'] {
    return this.contact.id;
  }

  get state(): CandidateState {
    return this.#state;
  }

  set state(next: CandidateState) {
    const change = blame(next) - blame(this.#state);
    this.#state = next;
    if (change !== 0) for (const namer of this.#namedBy) namer.#misled += change;
  }

  /** Whether only nodes that have misled this lookup have named it. */
  get doubtful(): boolean {
    return !this.#known && this.#namedBy.every((namer) => namer.#misled >= tolerated);
  }

  /** Another node has named it; undefined: this node knew it before. */
  namedBy(namer: Candidate | undefined): void {
    if (namer === undefined) this.#known = true;
    else this.#namedBy.push(namer);
  }
}

function blame(state: CandidateState): number {
  if (state === 'answered') return -1;
  return state === 'stalled' || state === 'failed' ? 1 : 0;
}
