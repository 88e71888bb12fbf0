import type { Logger } from '@macula/core';
import type { MaculaNode } from '@macula/node';
import type {
  BridgeConfig,
  EventRuleConfig,
  ProcedureRuleConfig,
} from '../config/bridge-schema.ts';
import type { EventCarrier } from '../duty/event-carrier.ts';
import type { Fellowship } from '../duty/fellowship.ts';
import type { MeshReach } from '../mesh/mesh-reach.ts';
import type { BridgeTally } from '../observe/bridge-tally.ts';
import type { RouterCatalogue } from '../router/router-catalogue.ts';
import type { Uplink } from '../router/uplink.ts';
import type { RuleBook } from './rule-book.ts';

/** What the crossings of one bridge share. */
export interface BridgeContext {
  readonly node: MaculaNode;
  readonly uplink: Uplink;
  readonly fellowship: Fellowship;
  readonly reach: MeshReach;
  readonly logger: Logger;
  readonly tally: BridgeTally;
  readonly dialect: BridgeConfig['router']['dialect'];
  readonly toMesh: EventCarrier;
  readonly toRouter: EventCarrier;
  /** The rules of the moment. */
  readonly events: () => RuleBook<EventRuleConfig>;
  readonly procedures: () => RuleBook<ProcedureRuleConfig>;
  /** What the router's clients have, where the router tells. */
  readonly subscriptions: RouterCatalogue | undefined;
  readonly registrations: RouterCatalogue | undefined;
}

/** One rule at work, one way. */
export interface RuleAtWork {
  /** Brings what is in place in step with what is wanted now. */
  update(): Promise<void>;
  /** The names that cross by it now. */
  readonly crossing: string[];
  close(): Promise<void>;
}
