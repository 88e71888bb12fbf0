import { CallError, ErrorUri, type PublishOptions, UndeliveredError } from '@macula/node';
import type { MaculaNode } from '@macula/node';
import type { z } from 'zod';

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

/** How often an event is published anew when a subscriber that is slow or was away did not acknowledge it. */
const attempts = 3;

/** Publishes, hears, calls and serves for one role, and counts. */
export class Traffic {
  readonly #node: MaculaNode;
  readonly #counts = {
    published: 0,
    measurements: 0,
    delivered: 0,
    refused: 0,
    callsMade: 0,
    callsServed: 0,
  };

  constructor(node: MaculaNode) {
    this.#node = node;
  }

  counts(): TrafficCounts {
    return { ...this.#counts };
  }

  /** Publishes so that every subscriber handles it at least once. */
  async publish(topic: string, message: object, kind?: 'measurement'): Promise<void> {
    const options: PublishOptions = { qos: 1 };
    for (let attempt = 1; ; attempt++) {
      this.#counts.published++;
      if (kind === 'measurement') this.#counts.measurements++;
      try {
        await this.#node.publish(topic, message, options);
        return;
      } catch (error) {
        if (!(error instanceof UndeliveredError) || attempt === attempts) throw error;
      }
    }
  }

  /** Hears a topic. What does not fit `schema` is counted and ignored. */
  async hear<T>(
    topic: string,
    schema: z.ZodType<T>,
    handler: (message: T) => unknown,
  ): Promise<void> {
    await this.#node.subscribe(topic, ({ payload }) => {
      const parsed = schema.safeParse(payload);
      if (!parsed.success) {
        this.#counts.refused++;
        return undefined;
      }
      this.#counts.delivered++;
      return handler(parsed.data);
    });
  }

  /** Calls a procedure whose answer must fit `schema`. */
  async call<T>(
    procedure: string,
    value: object,
    schema: z.ZodType<T>,
    options: { readonly timeout: number; readonly signal?: AbortSignal },
  ): Promise<T> {
    this.#counts.callsMade++;
    const answer = await this.#node.call(procedure, value, { ...options, idempotent: true });
    return schema.parse(answer);
  }

  /** Serves a procedure. Arguments that do not fit `schema` are refused with `wamp.error.invalid_argument`. */
  async serve<T>(
    procedure: string,
    schema: z.ZodType<T>,
    handler: (value: T) => unknown,
    shared = false,
  ): Promise<void> {
    await this.#node.register(
      procedure,
      (_, { payload }) => {
        this.#counts.callsServed++;
        return handler(this.#argument(procedure, payload, schema));
      },
      { invoke: shared ? 'roundrobin' : 'single' },
    );
  }

  #argument<T>(procedure: string, payload: unknown, schema: z.ZodType<T>): T {
    const parsed = schema.safeParse(payload);
    if (parsed.success) return parsed.data;
    this.#counts.refused++;
    const [issue] = parsed.error.issues;
    const field = issue?.path.join('.') ?? '';
    throw new CallError(ErrorUri.invalidArgument, [
      `${procedure}: ${field === '' ? '' : `${field}: `}${issue?.message ?? 'wrong arguments'}`,
    ]);
  }
}
