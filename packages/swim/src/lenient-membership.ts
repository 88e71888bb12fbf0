import {
  type Clock,
  InvalidArgumentError,
  type Listeners,
  type Logger,
  type Member,
  type Membership,
  type MembershipChange,
  type Metrics,
  type NodeId,
  noMetrics,
  silentLogger,
  type Startable,
  type Timer,
  type Unsubscribe,
} from '@macula/core';
import { changeListeners } from './change-listeners.ts';

export interface LenientMembershipDeps {
  readonly membership: Membership;
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

export interface LenientMembershipOptions {
  /** How long a member that was given up still counts as suspect, in milliseconds: longer forgives more and frees later. */
  readonly graceMs: number;
  /** Members that are awaited at a time; beyond, the one given up first is gone at once. Default 4,096. */
  readonly maxAwaited?: number;
}

/**
 * A view of a membership for layers that keep something for members, such as subscriptions and unacknowledged events:
 * whoever is given up stays `suspect` for a grace, and comes back within it as `recovered`. So a mesh agrees early on
 * who is gone, and a process that stood still for seconds loses nothing. Those who say goodbye are gone at once.
 * Changes are seen from `start()` on. Throws InvalidArgumentError for options that are not positive numbers.
 */
export function createLenientMembership(
  deps: LenientMembershipDeps,
  options: LenientMembershipOptions,
): Membership & Startable {
  return new LenientMembership(deps, options);
}

/** A member that was given up not long ago, as it is shown. */
interface Awaited {
  readonly member: Member;
  readonly timer: Timer;
}

class LenientMembership implements Membership, Startable {
  readonly #strict: Membership;
  readonly #clock: Clock;
  readonly #graceMs: number;
  readonly #maxAwaited: number;
  readonly #listeners: Listeners<[MembershipChange]>;
  /** By key, whoever was given up first to the front. */
  readonly #awaited = new Map<string, Awaited>();
  #unsubscribe: Unsubscribe | undefined;

  constructor(
    { membership, clock, logger = silentLogger, metrics = noMetrics }: LenientMembershipDeps,
    { graceMs, maxAwaited = 4_096 }: LenientMembershipOptions,
  ) {
    for (const [name, value] of Object.entries({ graceMs, maxAwaited })) {
      if (!(value > 0) || value === Infinity) {
        throw new InvalidArgumentError(`${name} must be a positive number, got ${String(value)}`);
      }
    }
    this.#strict = membership;
    this.#clock = clock;
    this.#graceMs = graceMs;
    this.#maxAwaited = maxAwaited;
    this.#listeners = changeListeners(logger);
    metrics.observedGauge(
      {
        name: 'macula_swim_awaited_members',
        help: 'Members that were given up, and whose things are kept for a while',
      },
      () => this.#awaited.size,
    );
  }

  get self(): Member {
    return this.#strict.self;
  }

  *members(): Iterable<Member> {
    yield* this.#strict.members();
    for (const { member } of this.#awaited.values()) yield member;
  }

  get(id: NodeId): Member | undefined {
    return this.#awaited.get(id.key)?.member ?? this.#strict.get(id);
  }

  onChange(listener: (change: MembershipChange) => void): Unsubscribe {
    return this.#listeners.add(listener);
  }

  setMetadata(metadata: Readonly<Record<string, string>>): void {
    this.#strict.setMetadata(metadata);
  }

  async start(): Promise<void> {
    this.#unsubscribe ??= this.#strict.onChange((change) => this.#changed(change));
  }

  /** The membership behind goes on. */
  async stop(): Promise<void> {
    this.#unsubscribe?.();
    for (const { timer } of this.#awaited.values()) timer.cancel();
    this.#awaited.clear();
    this.#listeners.clear();
  }

  #changed(change: MembershipChange): void {
    const { type, member } = change;
    if (type === 'failed') {
      this.#await(member);
      return;
    }
    const wasAwaited = this.#forget(member);
    this.#listeners.emit(wasAwaited && type === 'joined' ? { type: 'recovered', member } : change);
  }

  #await(member: Member): void {
    const timer = this.#clock.setTimer(() => this.#end(member), this.#graceMs, {
      background: true,
    });
    this.#awaited.set(member.id.key, { member: { ...member, status: 'suspect' }, timer });
    if (this.#awaited.size <= this.#maxAwaited) return;
    for (const first of this.#awaited.values()) {
      this.#end({ ...first.member, status: 'failed' });
      return;
    }
  }

  #end(member: Member): void {
    this.#forget(member);
    this.#listeners.emit({ type: 'failed', member });
  }

  /** Returns whether it was awaited. */
  #forget({ id }: Member): boolean {
    this.#awaited.get(id.key)?.timer.cancel();
    return this.#awaited.delete(id.key);
  }
}
