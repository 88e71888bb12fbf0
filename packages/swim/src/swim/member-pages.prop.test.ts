import { describe, expect, it } from '@jest/globals';
import { NodeId } from '@macula/core';
import { seededRandom } from '@macula/testkit';
import fc from 'fast-check';
import { MemberPages } from './member-pages.ts';

interface Item {
  readonly id: NodeId;
  readonly at: number;
}

const random = seededRandom(3);
/** Some of them on one page. */
const pool = Array.from({ length: 60 }, (_, n) => {
  const bytes = random.bytes(32);
  if (n % 3 === 0) bytes[0] = 0xfa;
  return NodeId.fromBytes(bytes);
});
interface Step {
  readonly n: number;
  readonly gone: boolean;
}
const anySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ n: fc.nat({ max: 59 }), gone: fc.boolean() }),
  { maxLength: 120 },
);

/** Does the same to both, and looks after each step that they agree on it. */
function run(steps: readonly Step[], pages: MemberPages<Item>, map: Map<string, Item>): void {
  for (const [at, { n, gone }] of steps.entries()) {
    const id = pool[n] as NodeId;
    let agreed = true;
    if (gone) agreed = pages.delete(id.key) === map.delete(id.key);
    else {
      pages.set({ id, at });
      map.set(id.key, { id, at });
    }
    expect(agreed && pages.size === map.size).toBe(true);
  }
}

function expectSame(pages: MemberPages<Item>, map: ReadonlyMap<string, Item>): void {
  expect(pool.map(({ key }) => pages.get(key))).toEqual(pool.map(({ key }) => map.get(key)));
  expect([...pages.values()]).toEqual([...map.values()].sort((a, b) => a.id.compare(b.id)));
}

describe('the pages of members', () => {
  it('hold what a map would hold, whoever comes and goes, in ascending order', () => {
    fc.assert(
      fc.property(anySteps, (steps) => {
        const pages = new MemberPages<Item>();
        const map = new Map<string, Item>();
        run(steps, pages, map);
        expectSame(pages, map);
      }),
    );
  });

  it('are copied without either seeing what happens to the other from then on', () => {
    fc.assert(
      fc.property(anySteps, anySteps, anySteps, (before, here, there) => {
        const pages = new MemberPages<Item>();
        const map = new Map<string, Item>();
        run(before, pages, map);
        const copy = MemberPages.copyOf(pages);
        const copiedMap = new Map(map);
        run(here, pages, map);
        run(there, copy, copiedMap);
        expectSame(pages, map);
        expectSame(copy, copiedMap);
      }),
    );
  });

  it('show an iteration what they held when it began', () => {
    const pages = new MemberPages<Item>();
    for (const id of pool) pages.set({ id, at: 0 });
    const seen: Item[] = [];
    for (const item of pages.values()) {
      seen.push(item);
      for (const { key } of pool) pages.delete(key);
    }
    expect([seen.length, pages.size]).toEqual([pool.length, 0]);
  });
});
