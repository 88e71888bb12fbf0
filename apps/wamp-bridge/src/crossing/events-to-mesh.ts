import { Pattern } from '@macula/core';
import type { EventRuleConfig } from '../config/bridge-schema.ts';
import type { MeshDemand } from '../mesh/mesh-demand.ts';
import type { RouterEvent } from '../router/router-session.ts';
import type { BridgeContext, RuleAtWork } from './bridge-context.ts';
import { coverOf, routerPattern, wampText } from './cover.ts';
import { Reconciler } from './reconcile.ts';
import type { Rule } from './rule-book.ts';

/** Events of the router for the mesh, by one rule: the router is subscribed to for what nodes of the mesh subscribe to. */
export class EventsToMesh implements RuleAtWork {
  readonly #context: BridgeContext;
  readonly #rule: Rule<EventRuleConfig>;
  readonly #demand: MeshDemand;
  readonly #subscriptions: Reconciler<Pattern>;

  constructor(context: BridgeContext, rule: Rule<EventRuleConfig>, demand: MeshDemand) {
    this.#context = context;
    this.#rule = rule;
    this.#demand = demand;
    this.#subscriptions = new Reconciler((pattern, isCurrent) => {
      const text = wampText(pattern);
      const wanted = context.uplink.want(`subscription ${text}`, (session) =>
        session.subscribe(text, pattern.match, (event) => {
          if (isCurrent()) this.#heard(event);
        }),
      );
      return wanted.settled.then(() => wanted);
    });
    demand.onChange(() => void this.update());
  }

  get crossing(): string[] {
    return this.#subscriptions.values.map(({ text }) => text);
  }

  /** While the mesh is away what it wanted last stands, so that events can wait for it. */
  async update(): Promise<void> {
    if (!this.#context.reach.there) return;
    const { mapping } = this.#rule;
    const cover = coverOf(mapping.mesh, this.#demand.patterns('subscription'));
    const asked = cover.flatMap((pattern) => this.#atRouter(mapping.patternToRouter(pattern)));
    // What routers understand may be wider than what is wanted.
    const patterns = coverOf(routerPattern(mapping.router), asked);
    await this.#subscriptions.want(new Map(patterns.map((pattern) => [pattern.key, pattern])));
  }

  close(): Promise<void> {
    this.#demand.close();
    return this.#subscriptions.close();
  }

  #atRouter(pattern: Pattern): Pattern[] {
    if (pattern.match === 'exact') return [pattern];
    if (this.#context.dialect !== 'static') return [routerPattern(pattern)];
    return this.#rule.config.topics
      .filter((topic) => pattern.matches(topic))
      .map((topic) => Pattern.parse(topic, { match: 'exact', mode: 'loose' }));
  }

  #heard({ topic, args, kwargs, publisher }: RouterEvent): void {
    const { fellowship, events, toMesh, tally } = this.#context;
    if (publisher !== undefined && fellowship.isOurs(publisher)) {
      tally.looped.inc();
      return;
    }
    const crossing = events().toMesh(topic);
    if (crossing?.rule.key !== this.#rule.key) return;
    const { qos } = this.#rule.config;
    toMesh.carry({ topic: crossing.name, args, kwargs, qos }).catch(ignore);
  }
}

/** The lane has counted it, and a router's event has nobody who waits. */
function ignore(): undefined {
  return undefined;
}
