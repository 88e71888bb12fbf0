import type { Links } from '@macula/core';
import {
  ephemeralIdentity,
  type Identity,
  loadIdentity,
  openAdmission,
  type RealmAdmission,
  secretAdmission,
} from '@macula/identity';
import { createTransport, type TransportOptions } from '@macula/transport';
import type { NodeSettings } from './node-settings.ts';

/** The links that a node stands on, and what has to run for them. */
export interface Foundation {
  readonly links: Links;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Links that were handed in belong to whoever made them; real ones come with an identity and a transport of their own. */
export async function layFoundation(settings: NodeSettings): Promise<Foundation> {
  if (settings.links !== undefined) {
    const nothing = (): Promise<void> => Promise.resolve();
    return { links: settings.links, start: nothing, stop: nothing };
  }
  const { clock, random, logger, metrics, bindDatagrams } = settings;
  const identity = settings.identity ?? (await ownIdentity(settings));
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
