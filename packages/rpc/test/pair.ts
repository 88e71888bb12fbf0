import type { MemoryNetworkOptions } from '@macula/testkit';
import type {
  CallHandler,
  CallStream,
  ItemStream,
  RegisterOptions,
  RequestContext,
} from '../src/index.ts';
import { Mesh, type MeshNode } from './mesh.ts';

/** A mesh of two: the caller asks, and the callee, another node or the caller itself, answers. */
export class Pair extends Mesh {
  caller!: MeshNode;
  callee!: MeshNode;

  static async start(options: MemoryNetworkOptions & { local?: boolean } = {}): Promise<Pair> {
    const { local = false, ...network } = options;
    const pair = new Pair(network);
    pair.caller = await pair.node();
    pair.callee = local ? pair.caller : await pair.node();
    return pair;
  }

  /** Registers a procedure at the callee, and lets the caller learn of it. */
  async offer(procedure: string, handler: CallHandler, options?: RegisterOptions): Promise<void> {
    await this.clock.complete(this.callee.rpc.register(procedure, handler, options));
    await this.settle();
  }

  /** Registers streams named `talk` at the callee, and lets the caller learn of it. */
  async serve(
    handler: (stream: ItemStream, context: RequestContext) => unknown,
    options?: RegisterOptions,
  ): Promise<void> {
    await this.clock.complete(this.callee.rpc.registerStream('talk', handler, options));
    await this.settle();
  }

  /** Calls and lets time pass until the call settles. */
  call(...args: Parameters<MeshNode['rpc']['call']>): Promise<unknown> {
    return this.clock.complete(this.caller.rpc.call(...args));
  }

  /** Opens a stream and lets time pass until that is done. */
  open(...args: Parameters<MeshNode['rpc']['openStream']>): Promise<CallStream> {
    return this.clock.complete(this.caller.rpc.openStream(...args));
  }
}

/** Everything that a stream brings. */
export async function readAll(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
