import { describe, expect, it } from '@jest/globals';
import { type Link, NodeId } from '@macula/core';
import { IncomingTopics } from './incoming-topics.ts';
import { Source } from './source.ts';

const publisher = NodeId.fromBytes(new Uint8Array(32).fill(1));

const onCrowdedOut = (): void => undefined;

describe('IncomingTopics', () => {
  it('forgets those first whose link is gone, then the oldest', () => {
    const forgotten: string[] = [];
    const topics = new IncomingTopics(3, ({ name }) => forgotten.push(name), onCrowdedOut);
    const source = new Source({} as Link);
    const add = (name: string, alias: number): void => {
      const topic = topics.create(publisher, name, 1n, 0);
      if (alias > 0) source.assign(alias, topic);
    };
    add('a', 1);
    add('b', 0);
    add('c', 2);
    add('d', 3);
    add('e', 4);
    expect(forgotten).toEqual(['b', 'a']);
    expect(topics.size).toBe(3);
    expect(source.topics[1]).toBeUndefined();
    expect(topics.get(publisher, 'c')?.alias).toBe(2);
  });

  it('lets a publisher with very many topics crowd out nobody but itself', () => {
    const modest = NodeId.fromBytes(new Uint8Array(32).fill(2));
    const topics = new IncomingTopics(10, () => undefined, onCrowdedOut);
    topics.create(modest, 'a', 1n, 5);
    topics.create(modest, 'b', 1n, 5);
    for (let i = 0; i < 1_000; i++) topics.create(publisher, `t${i}`, 1n, 0);
    expect(topics.size).toBe(10);
    expect([...topics.all()]).toHaveLength(10);
    expect(topics.get(modest, 'a')?.last).toBe(5);
    expect(topics.get(modest, 'b')?.last).toBe(5);
    expect(topics.get(publisher, 't999')).toBeDefined();
  });

  it('keeps a few that nobody wants, and all that somebody wants by now', () => {
    let crowdedOut = 0;
    const topics = new IncomingTopics(
      1_000,
      () => undefined,
      () => crowdedOut++,
    );
    const early = topics.create(publisher, 'early', 1n, 0, false);
    early.interrupted = false;
    for (let i = 0; i < 200; i++) topics.create(publisher, `t${i}`, 1n, 0, false);
    expect(topics.size).toBe(1 + 64);
    expect(crowdedOut).toBe(200 - 64);
    expect(topics.get(publisher, 'early')).toBe(early);
    for (const topic of [...topics.all()]) topics.forget(topic);
    expect(topics.size).toBe(0);
  });
});
