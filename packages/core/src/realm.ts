import { InvalidRealmError } from './errors.ts';

/** A realm's name, checked by `parseRealm`. Peers of different realms never see each other. */
export type Realm = string & { readonly brand: 'Realm' };

/** The longest realm name; it has to fit into a certificate's subject alternative name. */
export const maxRealmLength = 255;

const realmName = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/** Checks a realm's name: dot-separated segments of a-z, 0-9, _ and -. Throws InvalidRealmError. */
export function parseRealm(text: string): Realm {
  if (typeof text !== 'string' || text.length > maxRealmLength || !realmName.test(text)) {
    throw new InvalidRealmError(
      `${JSON.stringify(String(text).slice(0, 120))} is not a realm: write up to ${maxRealmLength} characters of a-z, 0-9, _ and - in dot-separated segments, for example be.cortexiq.energy`,
    );
  }
  return text as Realm;
}
