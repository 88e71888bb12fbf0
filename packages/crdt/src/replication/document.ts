import { InvalidArgumentError, type Unsubscribe } from '@macula/core';
import type { Divisible, ReplicatedType } from '../crdt.ts';
import type { HybridClock, Timestamp } from '../hybrid-clock.ts';
import { DeltaLog } from './delta-log.ts';
import { divisionOf } from './division.ts';
import { PartSummary } from './part-summary.ts';

/** Who changed a document: this replica's user, or a peer. */
export type ChangeOrigin = 'local' | 'remote';

/** Called after a document changed. What it throws is logged, and harms nothing. */
export type ChangeListener<State> = (state: State, origin: ChangeOrigin) => void;

/** What a mutation may use besides the state. */
export interface MutationContext {
  /** This replica's writer ID. */
  readonly writer: string;
  /** The replica's hybrid clock, for LWWRegister. */
  now(): Timestamp;
}

/** A replicated value under a name. */
export interface ReplicatedDocument<State, Value> {
  readonly name: string;
  readonly type: ReplicatedType<State, Value>;
  /** The state now; immutable. */
  readonly state: State;
  /** What `state` means. Computed at every call. */
  value(): Value;
  /**
   * Applies the delta that `mutate` returns, at once, and sends it to peers. Resolves when it is
   * stored, or at once without a store. `mutate` reads the state that it is given, and changes no
   * document itself. Throws what `mutate` throws, NotRunningError, InvalidArgumentError; rejects with StoreFailedError.
   */
  change(mutate: (state: State, context: MutationContext) => State): Promise<void>;
  /** Calls `listener` after every change, of this replica and of others. */
  onChange(listener: ChangeListener<State>): Unsubscribe;
}

/** What a document needs of its replica. */
export interface DocumentHost {
  readonly writer: string;
  readonly clock: HybridClock;
  /** Stores a delta that was just merged, and passes it on. */
  merged(document: Document, delta: unknown, bytes: Uint8Array, from?: string): Promise<void>;
  /** A listener threw. */
  listenerFailed(name: string, error: unknown): void;
  /** Throws NotRunningError unless documents may be changed. */
  assertRunning(): void;
}

/** A document as its replica sees it; its users see ReplicatedDocument. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- replicas hold documents of all types
export class Document<State = any, Value = any> implements ReplicatedDocument<State, Value> {
  readonly name: string;
  readonly type: ReplicatedType<State, Value>;
  readonly division: Divisible<State>;
  readonly log: DeltaLog<State>;
  private current: State;
  /** Counts changes. The summary is remembered by it: holding the state itself would keep all that it replaced. */
  private revision = 0;
  private summarized: { readonly revision: number; readonly summary: PartSummary } | undefined;
  private readonly host: DocumentHost;
  private readonly listeners = new Set<ChangeListener<State>>();

  constructor(
    name: string,
    type: ReplicatedType<State, Value>,
    state: State,
    bufferBytes: number,
    host: DocumentHost,
  ) {
    this.name = name;
    this.type = type;
    this.division = divisionOf(type);
    this.current = state;
    this.log = new DeltaLog(
      (a, b) => type.merge(a, b),
      (delta) => type.encode(delta).length,
      bufferBytes,
    );
    this.host = host;
  }

  get state(): State {
    return this.current;
  }

  /** For comparing the state with a peer's. */
  get summary(): PartSummary {
    const known = this.summarized;
    if (known?.revision === this.revision) return known.summary;
    const summary = new PartSummary(this.division.parts(this.current), known?.summary);
    this.summarized = { revision: this.revision, summary };
    return summary;
  }

  value(): Value {
    return this.type.value(this.current);
  }

  change(mutate: (state: State, context: MutationContext) => State): Promise<void> {
    this.host.assertRunning();
    const delta = this.mutated(mutate);
    const bytes = this.type.encode(delta);
    return this.merge(delta, bytes, 'local') ?? Promise.resolve();
  }

  /**
   * Merges a peer's delta. Gives undefined when it told nothing new, and otherwise a promise that it is stored.
   * Throws MalformedStateError and ClockSkewError, and is as before then.
   */
  receive(bytes: Uint8Array, from: string): Promise<void> | undefined {
    const delta = this.type.decode(bytes);
    const latest = this.type.latestTimestamp?.(delta);
    if (latest !== undefined) this.host.clock.observe(latest);
    return this.merge(delta, bytes, 'remote', from);
  }

  onChange(listener: ChangeListener<State>): Unsubscribe {
    // A function of its own, so that one listener may be added twice.
    const entry: ChangeListener<State> = (state, origin) => listener(state, origin);
    this.listeners.add(entry);
    return () => {
      this.listeners.delete(entry);
    };
  }

  /** The delta of a mutation. */
  private mutated(mutate: (state: State, context: MutationContext) => State): State {
    const { writer, clock } = this.host;
    const { revision } = this;
    const delta = mutate(this.current, { writer, now: () => clock.now() });
    if (delta === undefined && this.type.empty !== undefined) {
      throw new InvalidArgumentError('a mutation returns a delta, and this one returned nothing');
    }
    if (delta instanceof Promise) {
      throw new InvalidArgumentError('a mutation returns its delta at once, not a promise');
    }
    if (revision !== this.revision) {
      // Both deltas would go by the same event of this writer, and neither would survive.
      throw new InvalidArgumentError(
        'a mutation changed the document that it was reading: make one change after the other',
      );
    }
    return delta;
  }

  private merge(
    delta: State,
    bytes: Uint8Array,
    origin: ChangeOrigin,
    from?: string,
  ): Promise<void> | undefined {
    const before = this.current;
    if (this.type.lessOrEqual(delta, before)) return undefined;
    this.current = this.type.merge(before, delta);
    this.revision++;
    const stored = this.host.merged(this, delta, bytes, from);
    for (const listener of [...this.listeners]) {
      try {
        listener(this.current, origin);
      } catch (error) {
        this.host.listenerFailed(this.name, error);
      }
    }
    return stored;
  }
}
