import type { Links, Logger } from '@macula/core';
import { createReplicatedDirectory, type ReplicatedDirectory } from '@macula/dht';
import { createPubSub, type PubSub } from '@macula/pubsub';
import { createRpc, type Rpc } from '@macula/rpc';
import { createPeerExchange, type PeerExchange } from '@macula/swim';
import type { Startable } from '@macula/core';
import type { Foundation } from './foundation.ts';
import type { NodeSettings } from './node-settings.ts';

/** The parts of one node, wired. */
export interface MeshLayers extends Startable {
  readonly links: Links;
  readonly membership: PeerExchange;
  readonly directory: ReplicatedDirectory;
  readonly pubsub: PubSub;
  readonly rpc: Rpc;
}

export function wireLayers(settings: NodeSettings, foundation: Foundation): MeshLayers {
  const { realm, uriMode, clock, random, logger, metrics, bootstrap, metadata } = settings;
  const { links } = foundation;
  const base = { links, clock, random, metrics };
  const membership = createPeerExchange(
    { ...base, logger: logger.child({ layer: 'membership' }) },
    { ...settings.membership, bootstrap, ...(metadata !== undefined && { metadata }) },
  );
  const directory = createReplicatedDirectory(
    { ...base, membership, logger: logger.child({ layer: 'directory' }) },
    settings.directory,
  );
  const upper = { ...base, membership, directory };
  const names = { realm, ...(uriMode !== undefined && { uriMode }) };
  const pubsub = createPubSub(
    { ...upper, logger: logger.child({ layer: 'pubsub' }) },
    { ...settings.pubsub, ...names },
  );
  const rpc = createRpc(
    { ...upper, logger: logger.child({ layer: 'rpc' }) },
    { ...settings.rpc, ...names },
  );

  const stops: readonly [string, () => Promise<void>][] = [
    ['rpc', () => rpc.stop()],
    ['pubsub', () => pubsub.stop()],
    // What they have withdrawn goes out at the end of this turn, before the goodbye.
    ['turn', () => new Promise((resolve) => clock.defer(resolve))],
    ['membership', () => membership.stop()],
    ['directory', () => directory.stop()],
    ['links', () => foundation.stop()],
  ];
  let stopped: Promise<void> | undefined;
  return {
    links,
    membership,
    directory,
    pubsub,
    rpc,
    // From the top down to the links, so that the first frame of the first link finds all its handlers; membership
    // comes last, because it begins to dial.
    start: async () => {
      await rpc.start();
      await pubsub.start();
      await directory.start();
      await foundation.start();
      await membership.start();
    },
    stop: () => (stopped ??= stopAll(stops, logger)),
  };
}

/** One step that fails is logged and does not keep the others from running. */
async function stopAll(
  stops: readonly [string, () => Promise<void>][],
  logger: Logger,
): Promise<void> {
  for (const [layer, stop] of stops) {
    try {
      await stop();
    } catch (error) {
      logger.error({ error, layer }, 'a layer did not stop in good order');
    }
  }
}
