import type { Pattern } from '@macula/core';
import { EventRefusedError, type TopicEvent } from '@macula/node';
import type { EventRuleConfig } from '../config/bridge-schema.ts';
import type { BridgeContext, RuleAtWork } from './bridge-context.ts';
import { coverOf } from './cover.ts';
import { Reconciler } from './reconcile.ts';
import type { Rule } from './rule-book.ts';

/** Events of quality of service 1 of one publisher and topic that may wait for the router at a time. */
const concurrency = 256;

/** Events of the mesh for the router, by one rule: the mesh is subscribed to for what the router's clients subscribe to, where it tells. */
export class EventsToRouter implements RuleAtWork {
  readonly #context: BridgeContext;
  readonly #rule: Rule<EventRuleConfig>;
  readonly #subscriptions: Reconciler<Pattern>;

  constructor(context: BridgeContext, rule: Rule<EventRuleConfig>) {
    this.#context = context;
    this.#rule = rule;
    this.#subscriptions = new Reconciler(async (pattern, isCurrent) => {
      const subscription = await context.node.subscribe(
        pattern.text,
        (event) => (isCurrent() ? this.#heard(event) : undefined),
        { match: pattern.match, mode: 'loose', concurrency },
      );
      return { end: () => subscription.unsubscribe() };
    });
  }

  get crossing(): string[] {
    return this.#subscriptions.values.map(({ text }) => text);
  }

  async update(): Promise<void> {
    const { mapping } = this.#rule;
    const wanted = this.#context.subscriptions?.patterns() ?? [mapping.router];
    const patterns = coverOf(mapping.router, wanted).map((pattern) =>
      mapping.patternToMesh(pattern),
    );
    await this.#subscriptions.want(new Map(patterns.map((pattern) => [pattern.key, pattern])));
  }

  close(): Promise<void> {
    return this.#subscriptions.close();
  }

  /** What this returns is what an event of quality of service 1 waits for before it is acknowledged, or refused where it did not cross. */
  #heard({ topic, args, kwargs, publisher, qos }: TopicEvent): Promise<void> | undefined {
    const { fellowship, events, toRouter, tally } = this.#context;
    if (publisher !== undefined && fellowship.isFellow(publisher)) {
      tally.looped.inc();
      return undefined;
    }
    const crossing = events().toRouter(topic);
    if (crossing?.rule.key !== this.#rule.key) return undefined;
    const carried = toRouter.carry({ topic: crossing.name, args, kwargs, qos });
    if (qos === 1) return carried.catch(refuse);
    // The lane has counted it, and nobody waits for it.
    carried.catch(() => undefined);
    return undefined;
  }
}

function refuse(cause: unknown): never {
  throw new EventRefusedError((cause as Error).message, { cause });
}
