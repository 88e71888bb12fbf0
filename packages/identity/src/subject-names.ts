import type { NodeId, Realm } from '@macula/core';

/** The URI under which a certificate names a node. */
export function nodeName(nodeId: NodeId): string {
  return `macula:${nodeId.key}`;
}

/** The URI under which a certificate names a realm; percent-encoded, since loose realm names may hold anything. */
export function realmName(realm: Realm): string {
  return `macula-realm:${encodeURIComponent(realm)}`;
}
