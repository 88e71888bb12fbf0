import type { Clock, Id, Timer } from '@macula/core';
import type { Candidate } from './candidate.ts';
import type { Contact } from './contact.ts';
import { Shortlist } from './shortlist.ts';
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
  /** Of so many of the nearest the cheapest is asked next. */
  readonly choices: number;
  /** Requests beyond those needed that go to nodes which are likely to have it, so that the slowest answers are not waited for. */
  readonly hedge: number;
  /** This node has itself what is looked for: one more that agrees is enough. Default false. */
  readonly held?: boolean;
  /** As in `Shortlist`. */
  readonly perSubnet: number;
  readonly subnetOf?: SubnetRule;
}

export interface PathDeps {
  readonly clock: Clock;
  /** Asks a node; rejects when it does not answer. */
  readonly ask: (contact: Contact) => Promise<Reply>;
  /** Milliseconds that it is likely to take to come to the target through the node. */
  readonly cost: (contact: Contact) => number;
  /** Whether the node is likely to have what is looked for. */
  readonly isNear: (contact: Contact) => boolean;
  /** Whether this path may ask the node: false when another one has. */
  readonly claim: (contact: Contact) => boolean;
}

/** So many replicas that say the same are enough. */
const agreeing = 2;

/** One path of a lookup: asks ever nearer nodes, `alpha` at a time, until nobody nearer is heard of. */
export class LookupPath {
  readonly #deps: PathDeps;
  readonly #options: PathOptions;
  readonly #shortlist: Shortlist;
  /** Requests whose answers the path waits for; those that have stalled do not count. */
  #active = 0;
  #activeNear = 0;
  #pending = 0;
  #found: number;
  #hasAnswer = false;
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
    this.#found = options.held === true ? 1 : 0;
    this.#shortlist = new Shortlist(target, options);
    for (const seed of seeds) this.#shortlist.add(seed);
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get answered(): readonly Candidate[] {
    return this.#shortlist.answered();
  }

  /** Goes on until it is over; see `done`. */
  run(): void {
    const { claim, cost, isNear } = this.#deps;
    while (!this.#over && !this.#hasEnough) {
      const candidate = this.#shortlist.next(this.#options.choices, cost);
      if (candidate === undefined) break;
      const near = isNear(candidate.contact);
      if (!this.#mayAsk(near)) break;
      if (claim(candidate.contact)) this.#ask(candidate, near);
      else candidate.state = 'taken';
    }
    if (this.#isOver()) this.end();
  }

  /**
   * Those that are likely to have it are asked at once, as many as are needed, whoever else has not answered yet. Where all of the nearest are
   * wanted, they are asked at once as soon as the first of them name nobody nearer (Maymounkov and Mazières 2002, §2.3).
   */
  #mayAsk(near: boolean): boolean {
    const { alpha, enough, hedge } = this.#options;
    const wantsAll = !Number.isFinite(enough);
    if (wantsAll && this.#shortlist.leadersAnswered(alpha)) return true;
    if (!near || wantsAll) return this.#active < alpha;
    // The others only when those do not agree.
    const wanted = this.#found < agreeing ? Math.min(enough, agreeing) : enough;
    return this.#activeNear < Math.max(1, wanted - this.#found) + hedge;
  }

  end(): void {
    this.#over = true;
    this.#finish();
  }

  get #hasEnough(): boolean {
    return this.#found >= this.#options.enough || this.#confirmed;
  }

  #isOver(): boolean {
    if (this.#hasEnough || this.#pending === 0) return true;
    // The stalled are not waited for, unless nobody at all has answered yet.
    return this.#hasAnswer && this.#shortlist.converged;
  }

  #ask(candidate: Candidate, near: boolean): void {
    const weight = near ? 1 : 0;
    candidate.state = 'asked';
    this.#active++;
    this.#activeNear += weight;
    this.#pending++;
    this.requests++;
    let stall: Timer | undefined = this.#deps.clock.setTimer(
      () => {
        stall = undefined;
        candidate.state = 'stalled';
        this.#active--;
        this.#activeNear -= weight;
        this.run();
      },
      this.#options.stallMs,
      { background: true },
    );
    const settle = (): void => {
      if (stall !== undefined) {
        stall.cancel();
        this.#active--;
        this.#activeNear -= weight;
      }
      this.#pending--;
      if (!this.#over) this.run();
    };
    this.#deps.ask(candidate.contact).then(
      (reply) => {
        candidate.state = 'answered';
        this.#hasAnswer = true;
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
    for (const contact of contacts) this.#shortlist.add(contact, candidate);
    if (!found) return;
    if (this.#found > 0 && confirms === true) this.#confirmed = true;
    this.#found++;
    if (this.hops === 0) this.hops = candidate.depth;
  }
}
