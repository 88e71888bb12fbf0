import { describe, expect, it } from '@jest/globals';
import { type Link, NodeId } from '@macula/core';
import { IncomingTopics } from './incoming-topics.ts';
import { Source } from './source.ts';

const publisher = NodeId.fromBytes(new Uint8Array(32).fill(1));

describe('IncomingTopics', () => {
  it('forgets those first whose link is gone, then the oldest', () => {
    const forgotten: string[] = [];
    const topics = new IncomingTopics(3, ({ name }) => forgotten.push(name));
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
});
