import type { Links, Logger, Startable } from '@macula/core';
import { createKademlia, type Kademlia } from '@macula/dht';
import { createSignatureVerifier } from '@macula/identity';
import { createPubSub, type PubSub } from '@macula/pubsub';
import { createRpc, type Rpc } from '@macula/rpc';
import { createSwim, type Swim } from '@macula/swim';
import { ListingDirectory } from './catalogue/listing-directory.ts';
import type { Foundation } from './foundation.ts';
import type { NodeSettings } from './node-settings.ts';

/**
 * Six times memberlist's: whoever stands still for ten seconds keeps its subscriptions and what was promised to it. That
 * a node is only suspect for so long costs little, since callers avoid suspects.
 */
const suspicionMult = 24;

/** The parts of one node, wired. */
export interface MeshLayers extends Startable {
  readonly links: Links;
  readonly membership: Swim;
  readonly directory: Kademlia;
  readonly pubsub: PubSub;
  readonly rpc: Rpc;
}

export function wireLayers(settings: NodeSettings, foundation: Foundation): MeshLayers {
  const { realm, uriMode, clock, random, logger, metrics, bootstrap, metadata } = settings;
  const { links, signer } = foundation;
  const verify = createSignatureVerifier();
  const base = { links, clock, random, metrics };
  const membership = createSwim(
    { ...base, logger: logger.child({ layer: 'membership' }) },
    {
      ...{ suspicionMult, ...settings.membership, bootstrap },
      ...(metadata !== undefined && { metadata }),
    },
  );
  // It joins by membership, which tells it of everybody, and needs no bootstrap addresses of its own.
  const directory = createKademlia(
    {
      ...{ ...base, membership, signer, verify },
      logger: logger.child({ layer: 'directory' }),
    },
    { ...settings.directory, membersOnly: true },
  );
  const listing = new ListingDirectory(directory, realm);
  const upper = { ...base, membership, directory: listing };
  const names = { realm, ...(uriMode !== undefined && { uriMode }) };
  const pubsub = createPubSub(
    { ...upper, signer, verify, logger: logger.child({ layer: 'pubsub' }) },
    { ...settings.pubsub, ...names },
  );
  const rpc = createRpc(
    { ...upper, logger: logger.child({ layer: 'rpc' }) },
    { ...settings.rpc, ...names },
  );

  const stops: readonly [string, () => Promise<void>][] = [
    ['rpc', () => rpc.stop()],
    ['pubsub', () => pubsub.stop()],
    // Resolves when its replicas know what has been withdrawn. Whoever hears from this node after its goodbye takes it for alive.
    ['directory', () => directory.stop()],
    ['membership', () => membership.stop()],
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
