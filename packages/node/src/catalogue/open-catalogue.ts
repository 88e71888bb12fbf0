import type { Directory, DirectoryEntry, NodeId, Pattern, Realm } from '@macula/core';
import { writeInterest } from '@macula/pubsub';
import { announcedKinds, type CatalogueKind, catalogueKinds } from './announced-kind.ts';
import { cataloguersKey, listedKey } from './catalogue-keys.ts';

/** Something that a node of the mesh subscribes to or offers. */
export interface CatalogueEntry {
  readonly kind: CatalogueKind;
  readonly node: NodeId;
  readonly pattern: Pattern;
}

export interface CatalogueChange {
  readonly type: 'added' | 'removed';
  readonly entry: CatalogueEntry;
}

export interface Catalogue {
  /** What is known now. */
  readonly entries: Iterable<CatalogueEntry>;
  close(): void;
}

/**
 * Asks all nodes of the realm for their subscriptions and procedures that have names in common with `pattern`, as long as the
 * catalogue is open. `onChange` hears what is known already, in the next turn, and every change; this node's own announcements are
 * among them. For bridges and monitors: the answer lies under one key of the directory, so a pattern should be no wider than needed.
 */
export function openCatalogue(
  node: { readonly realm: Realm; readonly directory: Directory },
  pattern: Pattern,
  onChange: (change: CatalogueChange) => void,
): Catalogue {
  const { realm, directory } = node;
  const known = new Map<string, CatalogueEntry>();
  let closed = false;
  const put = (kind: CatalogueKind, entry: DirectoryEntry): void => {
    if (closed) return;
    const name = `${kind}/${entry.node.key}/${entry.id}`;
    const former = known.get(name);
    const found = announcedKinds[kind].read(entry.value);
    if (former !== undefined && former.pattern.key === found?.key) return;
    if (former !== undefined) remove(name, former);
    if (found === undefined) return;
    const added = { kind, node: entry.node, pattern: found };
    known.set(name, added);
    onChange({ type: 'added', entry: added });
  };
  const remove = (name: string, entry: CatalogueEntry): void => {
    known.delete(name);
    onChange({ type: 'removed', entry });
  };
  const announcement = directory.announce(cataloguersKey(realm), writeInterest(pattern));
  const watches = catalogueKinds.map((kind) => {
    const watch = directory.watch(listedKey(realm, kind, pattern), ({ type, entry }) => {
      const former = known.get(`${kind}/${entry.node.key}/${entry.id}`);
      if (type !== 'removed') put(kind, entry);
      else if (former !== undefined) remove(`${kind}/${entry.node.key}/${entry.id}`, former);
    });
    queueMicrotask(() => {
      for (const entry of watch.entries) put(kind, entry);
    });
    return watch;
  });
  return {
    entries: { [Symbol.iterator]: () => known.values() },
    close() {
      closed = true;
      for (const watch of watches) watch.close();
      announcement.withdraw();
      known.clear();
    },
  };
}
