import type { DirectoryKey, Pattern, Realm } from '@macula/core';
import { interestKey, readInterest } from '@macula/pubsub';
import { decodeRegistration, registrationKey } from '@macula/rpc';

/** What the mesh can be asked for by a pattern. */
export type CatalogueKind = 'subscription' | 'procedure';

interface AnnouncedKind {
  /** Where patterns with this literal prefix are announced. */
  key(realm: Realm, prefix: string): DirectoryKey;
  /** The pattern of what a node has announced; undefined for what is none. */
  read(value: Uint8Array): Pattern | undefined;
}

/** How pub/sub and calls announce what nodes subscribe to and offer. */
export const announcedKinds: Readonly<Record<CatalogueKind, AnnouncedKind>> = {
  subscription: { key: interestKey, read: (value) => readInterest(value)?.pattern },
  procedure: { key: registrationKey, read: readRegistration },
};

export const catalogueKinds = Object.keys(announcedKinds) as CatalogueKind[];

function readRegistration(value: Uint8Array): Pattern | undefined {
  try {
    return decodeRegistration(value).pattern;
  } catch {
    return undefined;
  }
}
