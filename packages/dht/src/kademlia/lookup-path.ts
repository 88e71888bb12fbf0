import type { Clock, Id, Timer } from '@macula/core';
import type { Contact } from './contact.ts';
import { type Candidate, Shortlist } from './shortlist.ts';
import type { SubnetRule } from './subnet.ts';

/** What a node that was asked has said. */
export interface Reply {
  readonly contacts: readonly Contact[];
  /** It had what the lookup is for. */
  readonly found: boolean;
  /** Nothing of what it had is new. Default false. */
  readonly confirms?: boolean;
}

export interface PathOptions {
  /** Answers of the nearest that end the path. */
  readonly width: number;
  readonly alpha: number;
  /** Replies with `found` that end it early; Infinity: it never ends early. Where the second confirms the first, two are enough. */
  readonly enough: number;
  readonly stallMs: number;
  /** Of so many of the nearest the quickest is asked next; once something was found, of all. */
  readonly choices: number;
  /** Requests beyond those needed that are sent once something was found: the slowest answers are not waited for. */
  readonly hedge: number;
  /** As in `Shortlist`. */
  readonly perSubnet: number;
  readonly subnetOf?: SubnetRule;
}

export interface PathDeps {
  readonly clock: Clock;
  /** Asks a node; rejects when it does not answer. */
  readonly ask: (contact: Contact) => Promise<Reply>;
  /** Milliseconds that an answer is likely to take. */
  readonly cost: (contact: Contact) => number;
  /** Whether this path may ask the node: false when another one has. */
  readonly claim: (contact: Contact) => boolean;
}

/** One path of a lookup: asks ever nearer nodes, `alpha` at a time, until nobody nearer is heard of. */
export class LookupPath {
  readonly #deps: PathDeps;
  readonly #options: PathOptions;
  readonly #shortlist: Shortlist;
  /** Requests whose answers the path waits for; those that have stalled do not count. */
  #active = 0;
  #pending = 0;
  #found = 0;
  #confirmed = false;
  #over = false;
  #finish: () => void = () => undefined;
  readonly done: Promise<void>;
  /** Nodes asked one after the other until the first that had it; 0: none had. */
  hops = 0;
  requests = 0;

  constructor(deps: PathDeps, target: Id, seeds: readonly Contact[], options: PathOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#shortlist = new Shortlist(target, options);
    for (const seed of seeds) this.#shortlist.add(seed, 1);
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get answered(): readonly Candidate[] {
    return this.#shortlist.answered();
  }

  /** Goes on until it is over; see `done`. */
  run(): void {
    while (!this.#over && this.#active < this.#concurrency) {
      const { choices, width } = this.#options;
      const found = this.#found > 0 && Number.isFinite(this.#options.enough);
      const candidate = this.#shortlist.next(found ? width : choices, this.#deps.cost);
      if (candidate === undefined) break;
      if (this.#deps.claim(candidate.contact)) this.#ask(candidate);
      else candidate.state = 'failed';
    }
    if (this.#isOver()) this.end();
  }

  /** Whoever has it names others that do: what is left to ask is asked at once. */
  get #concurrency(): number {
    const { alpha, enough, hedge } = this.#options;
    if (this.#found === 0 || !Number.isFinite(enough)) return alpha;
    return Math.max(alpha, enough - this.#found + hedge);
  }

  end(): void {
    this.#over = true;
    this.#finish();
  }

  #isOver(): boolean {
    if (this.#found >= this.#options.enough || this.#confirmed || this.#pending === 0) return true;
    // The stalled are not waited for, unless nobody at all has answered yet.
    return this.#shortlist.converged && this.answered.length > 0;
  }

  #ask(candidate: Candidate): void {
    candidate.state = 'asked';
    this.#active++;
    this.#pending++;
    this.requests++;
    let stall: Timer | undefined = this.#deps.clock.setTimer(
      () => {
        stall = undefined;
        candidate.state = 'stalled';
        this.#active--;
        this.run();
      },
      this.#options.stallMs,
      { background: true },
    );
    const settle = (): void => {
      if (stall !== undefined) this.#active--;
      stall?.cancel();
      this.#pending--;
      if (!this.#over) this.run();
    };
    this.#deps.ask(candidate.contact).then(
      (reply) => {
        candidate.state = 'answered';
        if (!this.#over) this.#take(candidate, reply);
        settle();
      },
      () => {
        candidate.state = 'failed';
        settle();
      },
    );
  }

  #take(candidate: Candidate, { contacts, found, confirms }: Reply): void {
    for (const contact of contacts) this.#shortlist.add(contact, candidate.depth + 1);
    if (!found) return;
    if (this.#found > 0 && confirms === true) this.#confirmed = true;
    this.#found++;
    if (this.hops === 0) this.hops = candidate.depth;
  }
}
