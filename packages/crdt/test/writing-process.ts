// Started by level-store.int.test.ts, to be killed at any moment: changes a replicated set and tells on stdout
// what was acknowledged.
import { systemClock, systemRandom } from '@macula/core';
import { memoryNetwork } from '@macula/testkit';
import { createReplica, orSet } from '../src/index.ts';
import { createLevelStore } from '../src/level/index.ts';

const Names = orSet<string>();
const [directory = '', life = ''] = process.argv.slice(2);

const store = await createLevelStore(directory);
const links = memoryNetwork().node();
const replica = createReplica(
  { links, clock: systemClock, random: systemRandom, store },
  { compactAfter: 7 },
);
await replica.start();
const names = replica.document('names', Names);

for (let i = 0; ; i++) {
  const name = `${life}.${i}`;
  await names.change((state, { writer }) => Names.add(state, writer, name));
  process.stdout.write(`+${name}\n`);
  if (i % 3 !== 2) continue;
  const gone = `${life}.${i - 1}`;
  await names.change((state) => Names.remove(state, gone));
  process.stdout.write(`-${gone}\n`);
}
