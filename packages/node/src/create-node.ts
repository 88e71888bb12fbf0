import { AbortedError, formatAddress, TimeoutError } from '@macula/core';
import { ComposedNode } from './composed-node.ts';
import { layFoundation } from './foundation.ts';
import type { MaculaNode } from './macula-node.ts';
import { wireLayers } from './mesh-layers.ts';
import type { NodeOptions } from './node-options.ts';
import { type NodeSettings, settingsOf } from './node-settings.ts';

/**
 * Makes a node and starts it: with its identity, listening, and joining the mesh by its bootstrap nodes. Resolves when
 * it has joined, or after `joinTimeout` when no bootstrap node could be reached yet: the node goes on trying
 * for as long as it lives.
 *
 * Throws InvalidArgumentError for options and variables that cannot work, the errors of `loadIdentity` for a data
 * directory that cannot be used, InvalidArgumentError when a port cannot be listened on, and AbortedError.
 */
export async function createNode(options: NodeOptions = {}): Promise<MaculaNode> {
  const settings = settingsOf(options);
  refuseAborted(settings.signal);
  const layers = wireLayers(settings, await layFoundation(settings));
  const node = new ComposedNode(settings, layers);
  try {
    await layers.start();
    settings.logger.info(
      { node: node.id.key, realm: node.realm, addresses: node.addresses.map(formatAddress) },
      'node started',
    );
    await join(node, settings);
    refuseAborted(settings.signal);
    await node.serveWamp();
  } catch (error) {
    await node.stop();
    throw error;
  }
  return node;
}

async function join(node: MaculaNode, settings: NodeSettings): Promise<void> {
  const { bootstrap, joinTimeout: timeout, signal, logger } = settings;
  if (bootstrap.length === 0 || timeout === 0) return;
  try {
    await node.joined({ timeout, ...(signal && { signal }) });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    const members = node.members().length;
    logger.warn(
      { bootstrap: bootstrap.map(formatAddress), members },
      `not joined completely after ${timeout} ms, will keep trying`,
    );
  }
}

function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new AbortedError('creating the node was aborted', { cause: signal.reason });
}
