import type { NodeId } from '@macula/core';
import { isDict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { RouterContext } from '../router-context.ts';
import { argumentsFor, type Question, questionIn } from './question.ts';

/** Routers of one realm that a node may have. */
const seats = [0, 1, 2, 3] as const;
type Seat = (typeof seats)[number];
/** Routers that are asked for one answer. */
const mostRouters = 1_000;

/** What the other routers say. */
export interface Answers {
  readonly parts: readonly unknown[];
  /** Why the rest of them said nothing, or nothing in time. */
  readonly failures: readonly unknown[];
}

/** The other routers of the realm: what one of them is asked, all of them have a part of the answer to. */
export class RealmRouters {
  readonly #context: RouterContext;
  readonly #answer: (question: Question) => unknown;
  readonly #registrations: { unregister(): Promise<void> }[] = [];
  #seat: Seat | undefined;

  /** `answer` gives this router's part. */
  constructor(context: RouterContext, answer: (question: Question) => unknown) {
    this.#context = context;
    this.#answer = answer;
  }

  /** Lets the others find this router. On a mesh that does not tell who offers what it stays alone. */
  async start(): Promise<void> {
    const { mesh } = this.#context;
    if (mesh.id === undefined || mesh.rpc === undefined) return;
    const answer = (args: readonly unknown[]): unknown => ({
      part: this.#answer(questionIn(args, mesh.realm)),
    });
    for (const seat of seats) {
      try {
        this.#registrations.push(await mesh.register(nameOf(mesh.id, seat), answer, {}));
      } catch (error) {
        if (isTaken(error)) continue;
        throw error;
      }
      this.#seat = seat;
      // To be found is all that it is for.
      const found = await mesh.register(placeOf(seat), () => null, { invoke: 'roundrobin' });
      this.#registrations.push(found);
      this.#others();
      return;
    }
    throw unavailable(`this node has ${seats.length} routers of realm ${mesh.realm} already`);
  }

  async stop(): Promise<void> {
    // Not to be found any more before it cannot be asked any more.
    for (const registration of this.#registrations.splice(0).reverse()) {
      await registration.unregister();
    }
  }

  /** Whether there certainly is no other router. */
  get alone(): boolean {
    const { mesh } = this.#context;
    return mesh.rpc === undefined || mesh.id === undefined || this.#others()?.length === 0;
  }

  /** Asks all others, for `metaTimeoutMs` at most. `isPart` says what is an answer. Never rejects. */
  async ask(question: Question, isPart: (value: unknown) => boolean): Promise<Answers> {
    const { mesh, clock, settings } = this.#context;
    const until = clock.now() + settings.metaTimeoutMs;
    const limits = () => ({ timeout: Math.max(1, until - clock.now()) });
    if (this.#others() === undefined) {
      // A call waits until the directory has answered. What comes of it does not matter.
      await Promise.allSettled(seats.map((seat) => mesh.call(placeOf(seat), [], limits())));
    }
    const others = this.#others();
    if (others === undefined) {
      return { parts: [], failures: [unavailable('the directory does not tell of other routers')] };
    }
    const value = argumentsFor(question);
    const settled = await Promise.allSettled(
      others.slice(0, mostRouters).map(async (name) => {
        const answer = await mesh.call(name, value, limits());
        if (isDict(answer) && isPart(answer['part'])) return answer['part'];
        throw unavailable(`${name} gave no answer that makes sense`);
      }),
    );
    const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    for (let left = others.length - settled.length; left > 0; left--) {
      failures.push(unavailable(`no more than ${mostRouters} routers are asked`));
    }
    const parts = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    return { parts, failures };
  }

  /** What the other routers are asked by; undefined while the directory has not answered. */
  #others(): string[] | undefined {
    const { id, rpc } = this.#context.mesh;
    const names: string[] = [];
    let isKnown = true;
    // All seats are looked at, so that the directory is asked for all of them.
    for (const seat of seats) {
      const offers = rpc?.offersOf(placeOf(seat));
      isKnown &&= offers !== undefined;
      for (const { node } of offers ?? []) {
        if (seat !== this.#seat || id?.equals(node) !== true) names.push(nameOf(node, seat));
      }
    }
    return isKnown ? names : undefined;
  }
}

/** What routers offer so that the directory tells on which nodes they are. */
function placeOf(seat: Seat): string {
  return `macula.wamp.meta.${seat}`;
}

/** What one router offers, to be asked by. */
function nameOf(node: NodeId, seat: Seat): string {
  return `${placeOf(seat)}.${node.key}`;
}

function isTaken(error: unknown): boolean {
  return (error as { uri?: unknown } | undefined)?.uri === WampUri.procedureAlreadyExists;
}

function unavailable(message: string): WampError {
  return new WampError(WampUri.unavailable, [message]);
}
