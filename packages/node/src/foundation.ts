import { InvalidArgumentError, type Links } from '@macula/core';
import {
  ephemeralIdentity,
  type Identity,
  loadIdentity,
  openAdmission,
  type RealmAdmission,
  secretAdmission,
  type Signer,
} from '@macula/identity';
import { createTransport, type TransportOptions } from '@macula/transport';
import type { NodeSettings } from './node-settings.ts';

/** The links that a node stands on, and what has to run for them. */
export interface Foundation {
  readonly links: Links;
  /** Signs what the node announces. */
  readonly signer: Signer;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Links that were handed in belong to whoever made them; real ones come with an identity and a transport of their own. */
export async function layFoundation(settings: NodeSettings): Promise<Foundation> {
  if (settings.links !== undefined) return onLinks(settings.links, settings.identity);
  const { clock, random, logger, metrics, bindDatagrams } = settings;
  const identity = certified(settings.identity) ?? (await ownIdentity(settings));
  const admission = admissionOf(settings);
  const transport = createTransport(
    {
      ...{ identity, admission, clock, random, logger, metrics },
      ...(bindDatagrams !== undefined && { bindDatagrams }),
    },
    transportOptions(settings),
  );
  const ownsIdentity = settings.identity === undefined;
  return {
    links: transport,
    signer: identity,
    start: async () => {
      if (ownsIdentity) await identity.start();
      await transport.start();
    },
    stop: async () => {
      await transport.stop();
      if (ownsIdentity) await identity.stop();
    },
  };
}

function onLinks(links: Links, signer: Signer | undefined): Foundation {
  if (signer === undefined || !signer.nodeId.equals(links.self)) {
    throw new InvalidArgumentError(
      signer === undefined
        ? 'option links needs option identity beside it, which signs what the node announces: the one whose nodeId is links.self'
        : `option identity is that of ${signer.nodeId.key}, and option links are those of ${links.self.key}: give the two of one node`,
    );
  }
  const nothing = (): Promise<void> => Promise.resolve();
  return { links, signer, start: nothing, stop: nothing };
}

/** Throws InvalidArgumentError for one that only signs. */
function certified(identity: Identity | Signer | undefined): Identity | undefined {
  if (identity === undefined || 'certificatePem' in identity) return identity;
  throw new InvalidArgumentError(
    'option identity has no certificate to show to peers: only beside option links may it be one that signs and nothing else',
  );
}

function ownIdentity({ dataDir, clock, random, logger }: NodeSettings): Promise<Identity> {
  return dataDir === undefined
    ? ephemeralIdentity({ clock, random })
    : loadIdentity({ dir: dataDir, clock, random, logger });
}

function admissionOf({ realm, secret, admission, logger }: NodeSettings): RealmAdmission {
  if (admission !== undefined) return admission;
  if (secret !== undefined) return secretAdmission(realm, secret);
  logger.info({ realm }, 'the realm is open: whoever names it is admitted');
  return openAdmission(realm);
}

function transportOptions({ transport, host, port, announce }: NodeSettings): TransportOptions {
  return {
    ...transport,
    port,
    ...(host !== undefined && { host }),
    ...(announce !== undefined && { announce }),
  };
}
