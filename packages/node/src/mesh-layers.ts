import type { Links, Startable } from '@macula/core';
import { createKademlia, type Kademlia } from '@macula/dht';
import { createSignatureVerifier } from '@macula/identity';
import { createPubSub, type PubSub } from '@macula/pubsub';
import { createRpc, type Rpc } from '@macula/rpc';
import { createLenientMembership, createSwim, type Swim } from '@macula/swim';
import { ListingDirectory } from './catalogue/listing-directory.ts';
import type { Foundation } from './foundation.ts';
import type { NodeSettings } from './node-settings.ts';
import { stopAll, type StopStep } from './stop-all.ts';

/**
 * Members agree on a failure after some five seconds; the layers above wait for ten more, so that whoever stands still
 * for ten seconds keeps its subscriptions and what was promised to it. That costs little, since callers avoid suspects.
 */
const defaultGraceMs = 10_000;

/** Announcements of one node that are listed for catalogues, at most; where fewer may be announced, a quarter of them. */
const maxListed = 8_192;

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
  const { graceMs = defaultGraceMs, ...swim } = settings.membership ?? {};
  const membershipDeps = { ...base, logger: logger.child({ layer: 'membership' }) };
  const membership = createSwim(membershipDeps, {
    ...{ ...swim, bootstrap },
    ...(metadata !== undefined && { metadata }),
  });
  const lenient = createLenientMembership({ ...membershipDeps, membership }, { graceMs });
  // It joins by membership, which tells it of everybody, and needs no bootstrap addresses of its own.
  const directory = createKademlia(
    {
      ...{ ...base, membership: lenient, signer, verify },
      logger: logger.child({ layer: 'directory' }),
    },
    { ...settings.directory, membersOnly: true },
  );
  const listing = new ListingDirectory(
    directory,
    realm,
    logger.child({ layer: 'directory' }),
    Math.min(maxListed, Math.floor((settings.directory?.maxOwnEntries ?? Infinity) / 4)),
  );
  const upper = { ...base, membership: lenient, directory: listing };
  const names = { realm, ...(uriMode !== undefined && { uriMode }) };
  const pubsub = createPubSub(
    { ...upper, signer, verify, logger: logger.child({ layer: 'pubsub' }) },
    { ...settings.pubsub, ...names },
  );
  const rpc = createRpc(
    { ...upper, logger: logger.child({ layer: 'rpc' }) },
    { ...settings.rpc, ...names },
  );

  const stops: readonly StopStep[] = [
    ['rpc', () => rpc.stop()],
    ['pubsub', () => pubsub.stop()],
    // Resolves when its replicas know what has been withdrawn. Whoever hears from this node after its goodbye takes it for alive.
    ['directory', () => directory.stop()],
    ['lenient membership', () => lenient.stop()],
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
      await lenient.start();
      await foundation.start();
      await membership.start();
    },
    stop: () => (stopped ??= stopAll(stops, logger)),
  };
}
