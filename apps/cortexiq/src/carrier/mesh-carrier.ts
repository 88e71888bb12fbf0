import { CallError, type MaculaNode, UndeliveredError } from '@macula/node';
import type { Carrier, CarrierCallOptions } from './carrier.ts';
import { Refusal, UnconfirmedError } from './carrier-errors.ts';

/** A node of the mesh. An event is acknowledged when every subscriber has handled it. */
export class MeshCarrier implements Carrier {
  readonly #node: MaculaNode;

  constructor(node: MaculaNode) {
    this.#node = node;
  }

  async publish(topic: string, message: object): Promise<void> {
    try {
      await this.#node.publish(topic, message, { qos: 1 });
    } catch (error) {
      if (!(error instanceof UndeliveredError)) throw error;
      throw new UnconfirmedError(error.message, { cause: error });
    }
  }

  async subscribe(topic: string, handler: (message: unknown) => unknown): Promise<void> {
    await this.#node.subscribe(topic, ({ payload }) => handler(payload));
  }

  async call(procedure: string, value: object, options: CarrierCallOptions): Promise<unknown> {
    try {
      return await this.#node.call(procedure, value, { ...options, idempotent: true });
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      throw new Refusal(error.uri, error.args, error.kwargs, { cause: error });
    }
  }

  async register(
    procedure: string,
    handler: (value: unknown) => unknown,
    { shared }: { readonly shared: boolean },
  ): Promise<void> {
    await this.#node.register(
      procedure,
      async (_, { payload }) => {
        try {
          return await handler(payload);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          throw new CallError(error.uri, error.args, error.kwargs, { cause: error });
        }
      },
      { invoke: shared ? 'roundrobin' : 'single' },
    );
  }

  close(): Promise<void> {
    return this.#node.stop();
  }
}
