import type { NodeId, Realm } from '@macula/core';

/** The URI under which a certificate names a node. */
export function nodeName(nodeId: NodeId): string {
  return `macula:${nodeId.key}`;
}

/** The URI under which a certificate names a realm. */
export function realmName(realm: Realm): string {
  return `macula-realm:${realm}`;
}
