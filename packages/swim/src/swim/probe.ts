import { AbortedError, type Clock, type NodeId, type Timer } from '@macula/core';

export interface ProbeOptions {
  readonly timeoutMs: number;
  /** The whole probe, direct and indirect; more than `timeoutMs`. */
  readonly periodMs: number;
  /** Timers that are later than this tell nothing about the target: the wait starts again. Infinity in plain SWIM. */
  readonly lagLimitMs: number;
}

export interface ProbeEvents {
  /** No answer in time: asks others, and returns whom. */
  askOthers(probe: Probe): ReadonlySet<string>;
  lagged(lateMs: number): void;
  succeeded(probe: Probe): void;
  failed(probe: Probe): void;
}

const nobody: ReadonlySet<string> = new Set();

/** One probe of one member: first direct, then through others (SWIM, Das, Gupta and Motivala 2002, §3.1). */
export class Probe {
  readonly target: NodeId;
  readonly sequence: number;
  readonly #clock: Clock;
  readonly #options: ProbeOptions;
  readonly #events: ProbeEvents;
  /** Made for the first nack: most probes are answered by their target. */
  #nacks: Set<string> | undefined;
  #asked = nobody;
  #timer: Timer | undefined;
  #over = false;
  /** Made when it is asked for: most probes find a link. */
  #dialling: AbortController | undefined;

  constructor(
    clock: Clock,
    target: NodeId,
    sequence: number,
    options: ProbeOptions,
    events: ProbeEvents,
  ) {
    this.#clock = clock;
    this.target = target;
    this.sequence = sequence;
    this.#options = options;
    this.#events = events;
    this.#wait(options.timeoutMs, () => this.#timedOut());
  }

  /** How many others were asked. */
  get asked(): number {
    return this.#asked.size;
  }

  /** How many of those asked have said that they got no answer either. */
  get nacks(): number {
    return this.#nacks?.size ?? 0;
  }

  /** Ends a dial that this probe waits for. */
  get signal(): AbortSignal {
    this.#dialling ??= new AbortController();
    return this.#dialling.signal;
  }

  get over(): boolean {
    return this.#over;
  }

  /** `from` passes on that the target lives, or is the target itself. */
  acked(from: NodeId): void {
    if (this.#over || (!from.equals(this.target) && !this.#asked.has(from.key))) return;
    this.stop();
    this.#events.succeeded(this);
  }

  nacked(from: NodeId): void {
    if (!this.#asked.has(from.key)) return;
    this.#nacks ??= new Set();
    this.#nacks.add(from.key);
  }

  stop(): void {
    this.#over = true;
    this.#timer?.cancel();
    // With a reason of its own; the default would be an exception, with its stack, for each probe.
    this.#dialling?.abort(new AbortedError('the probe is over'));
  }

  #timedOut(): void {
    this.#asked = this.#events.askOthers(this);
    if (this.#over) return;
    this.#wait(this.#options.periodMs - this.#options.timeoutMs, () => {
      this.stop();
      this.#events.failed(this);
    });
  }

  #wait(delayMs: number, then: () => void): void {
    const due = this.#clock.now() + delayMs;
    const fire = (): void => {
      const lateMs = this.#clock.now() - due;
      if (lateMs <= this.#options.lagLimitMs) {
        then();
        return;
      }
      // The answer may have arrived long ago and wait behind this very timer.
      this.#events.lagged(lateMs);
      this.#wait(this.#options.timeoutMs, then);
    };
    this.#timer = this.#clock.setTimer(fire, delayMs, { background: true });
  }
}
