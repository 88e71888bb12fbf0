import type { Clock, Counter, Metrics } from '@macula/core';

/** Why an event was not delivered: a closed set, so that it can be a metric's label. */
export type DropReason =
  | 'overflow'
  | 'expired'
  | 'gone'
  | 'slow'
  | 'unsubscribed'
  | 'withdrawn'
  | 'duplicate'
  | 'unwanted'
  | 'unknown_alias'
  | 'malformed'
  | 'forged'
  | 'refused'
  | 'no_room'
  | 'queue_overflow';

const dropReasons: readonly DropReason[] = [
  'overflow',
  'expired',
  'gone',
  'slow',
  'unsubscribed',
  'withdrawn',
  'duplicate',
  'unwanted',
  'unknown_alias',
  'malformed',
  'forged',
  'refused',
  'no_room',
  'queue_overflow',
];

/** What became of a tree that this node wanted to publish through, or of a place that it was to take in another's. */
export type TreeOutcome = 'started' | 'given_up' | 'joined' | 'refused';

const treeOutcomes: readonly TreeOutcome[] = ['started', 'given_up', 'joined', 'refused'];

/**
 * Counts what happens. Events are counted in plain numbers and handed to Metrics once per event-loop
 * turn: a metric's call per event would cost more than the event.
 */
export class Tally {
  /** Accepted calls of `publish`. */
  published = 0;
  /** Copies of this node's events that links took. */
  sent = 0;
  /** Copies of other nodes' events that links took. */
  relayed = 0;
  /** EVENT frames that arrived and were new. */
  received = 0;
  /** Handler calls and iterator items. */
  delivered = 0;
  readonly #clock: Clock;
  readonly #published: Counter;
  readonly #sent: Counter;
  readonly #relayed: Counter;
  readonly #received: Counter;
  readonly #delivered: Counter;
  readonly #drops: ReadonlyMap<DropReason, Counter>;
  readonly #gaps: Counter;
  readonly #missed: Counter;
  readonly #retries: Counter;
  readonly #handlerFailures: Counter;
  readonly #acknowledgements: Counter;
  readonly #flush = (): void => this.#report();
  #scheduled = false;
  readonly #passed: Counter;
  readonly #crowdedOut: Counter;
  readonly #trees: ReadonlyMap<TreeOutcome, Counter>;

  constructor(clock: Clock, metrics: Metrics) {
    const counter = (name: string, help: string): Counter =>
      metrics.counter({ name: `macula_pubsub_${name}_total`, help });
    this.#clock = clock;
    this.#published = counter('published', 'Events that this node published');
    this.#sent = counter('sent', 'Copies of events of this node that links took');
    this.#relayed = counter('relayed', 'Copies of events of other nodes that links took');
    this.#received = counter(
      'received',
      'Events that arrived and were new; sent and relayed over these, of all nodes: amplification',
    );
    this.#delivered = counter('delivered', 'Events handed to handlers and iterators');
    this.#gaps = counter('gaps', 'Ranges of missing sequences that were found');
    this.#missed = counter('missed', 'Sequences in those ranges');
    this.#retries = counter('retries', 'Events of quality of service 1 that were sent again');
    this.#handlerFailures = counter('handler_failures', 'Handlers that threw, or took too long');
    this.#acknowledgements = counter('acknowledgements', 'Acknowledgements that were sent');
    this.#passed = counter('passed_on', 'Batches of frames that this node, as an inlet, passed on');
    this.#crowdedOut = counter(
      'topics_crowded_out',
      'Topics of other nodes that were forgotten to make room for others',
    );
    this.#trees = new Map(
      treeOutcomes.map((outcome) => [
        outcome,
        metrics.counter({
          name: 'macula_pubsub_trees_total',
          help: 'Forwarding trees of this node, by what became of them',
          labels: { outcome },
        }),
      ]),
    );
    this.#drops = new Map(
      dropReasons.map((reason) => [
        reason,
        metrics.counter({
          name: 'macula_pubsub_dropped_total',
          help: 'Events that were not delivered when they came, by reason',
          labels: { reason },
        }),
      ]),
    );
  }

  /** Call after counting in one of the public fields. */
  touch(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.defer(this.#flush);
  }

  /** A batch of frames with so many events went on through this node as an inlet. */
  passedOn(events: number): void {
    this.#passed.inc();
    this.relayed += events;
    if (events > 0) this.touch();
  }

  /** What was known of a publisher's topic had to make room. */
  crowdedOut(): void {
    this.#crowdedOut.inc();
  }

  tree(outcome: TreeOutcome): void {
    this.#trees.get(outcome)?.inc();
  }

  dropped(reason: DropReason, count = 1): void {
    this.#drops.get(reason)?.inc(count);
  }

  gap(missed: number): void {
    this.#gaps.inc();
    this.#missed.inc(missed);
  }

  retried(count: number): void {
    this.#retries.inc(count);
  }

  handlerFailed(): void {
    this.#handlerFailures.inc();
  }

  acknowledged(): void {
    this.#acknowledgements.inc();
  }

  #report(): void {
    this.#scheduled = false;
    if (this.published > 0) this.#published.inc(this.published);
    if (this.sent > 0) this.#sent.inc(this.sent);
    if (this.relayed > 0) this.#relayed.inc(this.relayed);
    if (this.received > 0) this.#received.inc(this.received);
    if (this.delivered > 0) this.#delivered.inc(this.delivered);
    this.published = this.sent = this.relayed = this.received = this.delivered = 0;
  }
}
