import type { z } from 'zod';
import type { Carrier, CarrierCallOptions } from '../carrier/carrier.ts';
import { Refusal, UnconfirmedError } from '../carrier/carrier-errors.ts';
import { errors } from '../messages/names.ts';

/** What a process has sent and received. */
export interface TrafficCounts {
  /** Events published, repetitions included. */
  readonly published: number;
  /** Of these, measurements. */
  readonly measurements: number;
  /** Events delivered. */
  readonly delivered: number;
  /** Events and calls that do not say what they should. */
  readonly refused: number;
  readonly callsMade: number;
  readonly callsServed: number;
}

/** How often an event is published when it is not acknowledged: a subscriber is slow or was away, or a router is. */
const attempts = 3;

/** Publishes, hears, calls and serves for one role, and counts. */
export class Traffic {
  readonly #carrier: Carrier;
  readonly #onMoved: () => void;
  readonly #counts = {
    published: 0,
    measurements: 0,
    delivered: 0,
    refused: 0,
    callsMade: 0,
    callsServed: 0,
  };

  /** `onMoved` is called when one thing more is subscribed or registered. */
  constructor(carrier: Carrier, onMoved: () => void = () => undefined) {
    this.#carrier = carrier;
    this.#onMoved = onMoved;
  }

  counts(): TrafficCounts {
    return { ...this.#counts };
  }

  /** Publishes until it is acknowledged. */
  async publish(topic: string, message: object, kind?: 'measurement'): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#counts.published++;
      if (kind === 'measurement') this.#counts.measurements++;
      try {
        await this.#carrier.publish(topic, message);
        return;
      } catch (error) {
        if (!(error instanceof UnconfirmedError) || attempt === attempts) throw error;
      }
    }
  }

  /** Hears a topic. What does not fit `schema` is counted and ignored. */
  async hear<T>(
    topic: string,
    schema: z.ZodType<T>,
    handler: (message: T) => unknown,
  ): Promise<void> {
    await this.#carrier.subscribe(topic, (message) => {
      const parsed = schema.safeParse(message);
      if (!parsed.success) {
        this.#counts.refused++;
        return undefined;
      }
      this.#counts.delivered++;
      return handler(parsed.data);
    });
    this.#onMoved();
  }

  /** Calls a procedure whose answer must fit `schema`. */
  async call<T>(
    procedure: string,
    value: object,
    schema: z.ZodType<T>,
    options: CarrierCallOptions,
  ): Promise<T> {
    this.#counts.callsMade++;
    return schema.parse(await this.#carrier.call(procedure, value, options));
  }

  /** Serves a procedure. Arguments that do not fit `schema` are refused with `wamp.error.invalid_argument`. */
  async serve<T>(
    procedure: string,
    schema: z.ZodType<T>,
    handler: (value: T) => unknown,
    shared = false,
  ): Promise<void> {
    await this.#carrier.register(
      procedure,
      (value) => {
        this.#counts.callsServed++;
        return handler(this.#argument(procedure, value, schema));
      },
      { shared },
    );
    this.#onMoved();
  }

  #argument<T>(procedure: string, value: unknown, schema: z.ZodType<T>): T {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    this.#counts.refused++;
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.') ?? '';
    throw new Refusal(errors.invalidArgument, [
      `${procedure}: ${field === '' ? '' : `${field}: `}${issue?.message ?? 'wrong arguments'}`,
    ]);
  }
}
