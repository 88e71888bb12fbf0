import { DirectoryKey, type Pattern, type Realm } from '@macula/core';
import type { CatalogueKind } from './announced-kind.ts';

/** Where cataloguers say what they want to know. */
export function cataloguersKey(realm: Realm): DirectoryKey {
  return DirectoryKey.of(realm, 'catalogue');
}

/** Where nodes announce again what a cataloguer's pattern asks for. */
export function listedKey(realm: Realm, kind: CatalogueKind, pattern: Pattern): DirectoryKey {
  return DirectoryKey.of(realm, 'catalogue', kind, pattern.key);
}
