import type { Clock, Logger, NodeId, Random, Unsubscribe } from '@macula/core';
import type { FrameWriter } from '@macula/wire';
import type { HotHeader } from './hot-header.ts';
import type { RpcMetrics } from './rpc-metrics.ts';
import type { ResolvedRpcOptions } from './rpc-options.ts';

/** What the parts of one Rpc share. */
export interface RpcContext {
  readonly self: NodeId;
  /** Keeps the link to a peer, as Links has it; nothing to keep for this node itself. */
  readonly pin: (peer: NodeId) => Unsubscribe;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: RpcMetrics;
  readonly options: ResolvedRpcOptions;
  /** One for all messages: links copy what they take, so nothing of it outlives a send. */
  readonly writer: FrameWriter;
  readonly header: HotHeader;
}
