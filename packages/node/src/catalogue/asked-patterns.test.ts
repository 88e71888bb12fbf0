import { expect, it } from '@jest/globals';
import { type DirectoryEntry, NodeId, Pattern } from '@macula/core';
import { writeInterest } from '@macula/pubsub';
import { AskedPatterns, maxPatternsPerNode } from './asked-patterns.ts';
import { cataloguersKey } from './catalogue-keys.ts';
import { parseRealm } from '@macula/core';

const key = cataloguersKey(parseRealm('be.cortexiq.energy'));
const entry = (node: number, id: number, value = writeInterest(Pattern.parse(`t${id}`))) =>
  ({
    key,
    node: NodeId.fromBytes(new Uint8Array(32).fill(node)),
    id: `${id}`,
    value,
  }) as DirectoryEntry;
const texts = (asked: AskedPatterns) => [...asked].map(({ text }) => text);

it('leaves room for others, however much one cataloguer asks for', () => {
  const asked = new AskedPatterns();
  for (let i = 0; i < 300; i++) asked.take(entry(1, i));
  expect(texts(asked)).toHaveLength(maxPatternsPerNode);
  asked.take(entry(2, 1_000));
  expect(texts(asked)).toContain('t1000');
  asked.forget(entry(1, 0));
  asked.forget(entry(1, 299));
  asked.take(entry(1, 500));
  asked.take(entry(1, 501));
  expect(texts(asked)).toContain('t500');
  expect(texts(asked)).not.toContain('t501');
});

it('takes note of so many in all', () => {
  const asked = new AskedPatterns();
  for (let node = 0; node < 20; node++) for (let i = 0; i < 30; i++) asked.take(entry(node, i));
  expect(texts(asked)).toHaveLength(256);
});

it('takes a changed pattern for the former one, and passes over what is none', () => {
  const asked = new AskedPatterns();
  asked.take(entry(1, 1));
  asked.take(entry(1, 1, writeInterest(Pattern.parse('other'))));
  asked.take(entry(1, 2, new Uint8Array([255, 255])));
  expect(texts(asked)).toEqual(['other']);
  asked.clear();
  expect(asked.isEmpty).toBe(true);
});
