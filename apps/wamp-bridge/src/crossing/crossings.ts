import type { EventRuleConfig, ProcedureRuleConfig } from '../config/bridge-schema.ts';
import { MeshDemand } from '../mesh/mesh-demand.ts';
import type { BridgeContext, RuleAtWork } from './bridge-context.ts';
import { CallsToMesh } from './calls-to-mesh.ts';
import { CallsToRouter } from './calls-to-router.ts';
import { EventsToMesh } from './events-to-mesh.ts';
import { EventsToRouter } from './events-to-router.ts';
import { RuleBook } from './rule-book.ts';

export type CrossingKind = 'events' | 'procedures';
export type CrossingWay = 'to-mesh' | 'to-router';

interface AtWork {
  readonly kind: CrossingKind;
  readonly way: CrossingWay;
  readonly work: RuleAtWork;
}

export interface Rules {
  readonly events: RuleBook<EventRuleConfig>;
  readonly procedures: RuleBook<ProcedureRuleConfig>;
}

export function rulesOf(config: {
  readonly events: readonly EventRuleConfig[];
  readonly procedures: readonly ProcedureRuleConfig[];
}): Rules {
  return { events: new RuleBook(config.events), procedures: new RuleBook(config.procedures) };
}

/** All rules at work. A new set of rules leaves those in peace that are in both. */
export class Crossings {
  readonly #context: BridgeContext;
  readonly #atWork = new Map<string, AtWork>();
  readonly #demands = new Set<MeshDemand>();

  constructor(context: BridgeContext) {
    this.#context = context;
  }

  /** Puts these rules to work and takes all others out of it; says how many were added and removed. */
  async apply({ events, procedures }: Rules): Promise<{ added: number; removed: number }> {
    const wanted = new Map<string, () => AtWork>();
    for (const rule of events.rules) {
      const { direction } = rule.config;
      if (direction !== 'to-router') {
        wanted.set(`events to-mesh ${rule.key}`, () => ({
          kind: 'events',
          way: 'to-mesh',
          work: new EventsToMesh(this.#context, rule, this.#demand(rule.mapping.mesh)),
        }));
      }
      if (direction !== 'to-mesh') {
        wanted.set(`events to-router ${rule.key}`, () => ({
          kind: 'events',
          way: 'to-router',
          work: new EventsToRouter(this.#context, rule),
        }));
      }
    }
    for (const rule of procedures.rules) {
      const { direction } = rule.config;
      if (direction !== 'to-router') {
        wanted.set(`procedures to-mesh ${rule.key}`, () => ({
          kind: 'procedures',
          way: 'to-mesh',
          work: new CallsToMesh(this.#context, rule, this.#demand(rule.mapping.mesh)),
        }));
      }
      if (direction !== 'to-mesh') {
        wanted.set(`procedures to-router ${rule.key}`, () => ({
          kind: 'procedures',
          way: 'to-router',
          work: new CallsToRouter(this.#context, rule),
        }));
      }
    }
    const added = [...wanted].filter(([key]) => !this.#atWork.has(key));
    const removed = [...this.#atWork].filter(([key]) => !wanted.has(key));
    for (const [key, begin] of added) this.#atWork.set(key, begin());
    for (const [key] of removed) this.#atWork.delete(key);
    await this.update();
    await Promise.allSettled(removed.map(([, { work }]) => work.close()));
    return { added: added.length, removed: removed.length };
  }

  /** Brings all in step with what is wanted. */
  async update(kind?: CrossingKind, way?: CrossingWay): Promise<void> {
    const chosen = [...this.#atWork.values()].filter(
      (one) => (kind ?? one.kind) === one.kind && (way ?? one.way) === one.way,
    );
    const results = await Promise.allSettled(chosen.map(({ work }) => work.update()));
    for (const result of results) {
      if (result.status === 'rejected') {
        this.#context.logger.warn(
          { error: result.reason as unknown },
          'a rule could not be put to work',
        );
      }
    }
  }

  /** It has become known who is a bridge: what bridges want does not count. */
  reconsider(): void {
    for (const demand of this.#demands) demand.changed();
  }

  /** The names that cross now. */
  names(kind: CrossingKind, way: CrossingWay): string[] {
    return [...this.#atWork.values()]
      .filter((one) => one.kind === kind && one.way === way)
      .flatMap(({ work }) => work.crossing);
  }

  async close(): Promise<void> {
    const all = [...this.#atWork.values()];
    this.#atWork.clear();
    await Promise.allSettled(all.map(({ work }) => work.close()));
  }

  #demand(pattern: ConstructorParameters<typeof MeshDemand>[1]): MeshDemand {
    const { node, fellowship } = this.#context;
    const demand: MeshDemand = new MeshDemand(
      node,
      pattern,
      (id) => fellowship.isFellow(id),
      () => this.#demands.delete(demand),
    );
    this.#demands.add(demand);
    return demand;
  }
}
