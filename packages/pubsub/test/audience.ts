import type { Subscription } from '../src/index.ts';
import { Crowd, type CrowdNode, type CrowdNodeOptions } from './crowd.ts';

export const numbers = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

/** Somebody who listens, and what came of it. */
export interface Listener {
  readonly node: CrowdNode;
  readonly subscription: Subscription;
  /** By publisher. */
  readonly seen: Map<string, number[]>;
  missed: number;
}

export async function listener(crowd: Crowd, topic = 'a.b'): Promise<Listener> {
  const node = await crowd.node();
  const seen = new Map<string, number[]>();
  const subscription = await node.pubsub.subscribe(
    topic,
    ({ payload }) => {
      const [publisher, number] = payload as [string, number];
      const known = seen.get(publisher);
      if (known === undefined) seen.set(publisher, [number]);
      else known.push(number);
    },
    { onGap: ({ from, to }) => (one.missed += to - from + 1) },
  );
  const one: Listener = { node, subscription, seen, missed: 0 };
  return one;
}

export async function listeners(crowd: Crowd, count: number): Promise<Listener[]> {
  const all: Listener[] = [];
  for (let i = 0; i < count; i++) all.push(await listener(crowd));
  return all;
}

/** Publishes numbers, one after another, and gives how the acknowledged ones end. */
export class Stream {
  readonly name: string;
  readonly ends: Promise<unknown>[] = [];
  readonly #crowd: Crowd;
  readonly #node: CrowdNode;
  readonly #qos: 0 | 1;
  #next = 0;

  constructor(crowd: Crowd, name: string, node: CrowdNode, qos: 0 | 1) {
    this.#crowd = crowd;
    this.name = name;
    this.#node = node;
    this.#qos = qos;
  }

  get count(): number {
    return this.#next;
  }

  publish(): void {
    const value = [this.name, this.#next++];
    const end = this.#node.pubsub.publish('a.b', value, { qos: this.#qos, timeout: 120_000 });
    this.ends.push(end.catch((error: unknown) => error));
  }

  /** So many events, one every so many milliseconds. */
  async flow(count: number, everyMs = 5): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.publish();
      await this.#crowd.clock.advance(everyMs);
    }
  }

  /** What a listener has seen of it. */
  at({ seen }: Listener): number[] {
    return seen.get(this.name) ?? [];
  }
}

/** A stream to so many: 250 are enough for forwarders behind forwarders. `options`: those of the publisher. */
export async function opened(
  qos: 0 | 1,
  count = 250,
  silenceMs = 2_000,
  options: CrowdNodeOptions = {},
) {
  const crowd = new Crowd({ latencyMs: { min: 1, max: 10 }, silenceMs });
  const publisher = await crowd.node(options);
  const all = await listeners(crowd, count);
  const stream = new Stream(crowd, 'p', publisher, qos);
  await stream.flow(20, 20);
  return { crowd, publisher, all, stream };
}

/** Those that pass events on; of the first ones in line, or of those behind them. */
export function forwarders(
  all: readonly Listener[],
  publisher: CrowdNode,
  place: 'first' | 'second',
): Listener[] {
  return all.filter(
    ({ node: { links, metrics } }) =>
      metrics.value('relayed') > 0 &&
      (links.get(publisher.id) === undefined) === (place === 'second'),
  );
}
