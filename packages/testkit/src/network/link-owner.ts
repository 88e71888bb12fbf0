import type { Clock, NodeId } from '@macula/core';
import type { HandlerTable } from './handler-table.ts';
import type { Host } from './host.ts';
import type { MemoryLink } from './memory-link.ts';

/** The node that one end of a link belongs to. */
export interface LinkOwner extends Host {
  readonly clock: Clock;
  readonly handlers: HandlerTable;
  hasPinned(peer: NodeId): boolean;
  linkOpened(link: MemoryLink): void;
  linkClosed(link: MemoryLink): void;
}
