import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock, systemRandom } from '@macula/core';
import { memoryNetwork, seededRandom } from '@macula/testkit';
import { createReplica, orSet, type Replica, type Store } from '../index.ts';
import { createLevelStore } from './index.ts';

const Names = orSet<string>();
const writingProcess = fileURLToPath(new URL('../../test/writing-process.ts', import.meta.url));
const loader = new URL('../../../../tools/typescript-loader.mjs', import.meta.url).href;

let directory: string;
let children: ChildProcess[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'macula-crdt-'));
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true });
});

/** Lets a process change the set, kills it with SIGKILL after so many acknowledged changes, and gives these. */
async function writeAndDie(life: number, changes: number): Promise<string[]> {
  const child = spawn(
    process.execPath,
    ['--conditions=@macula/source', '--import', loader, writingProcess, directory, `life${life}`],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
  children.push(child);
  const ended = new Promise((resolve) => child.once('close', resolve));
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    acknowledged.push(line);
    if (acknowledged.length === changes) child.kill('SIGKILL');
  }
  await ended;
  return acknowledged;
}

async function replicaOn(store: Store): Promise<Replica> {
  const links = memoryNetwork().node();
  const replica = createReplica({ links, clock: systemClock, random: systemRandom, store });
  await replica.start();
  return replica;
}

describe('a replica with a LevelDB store', () => {
  test('loses nothing acknowledged and is never damaged when killed at any moment', async () => {
    const random = seededRandom(7);
    const alive = new Set<string>();
    const gone = new Set<string>();
    for (let life = 0; life < 6; life++) {
      for (const line of await writeAndDie(life, 1 + random.integer(120))) {
        const name = line.slice(1);
        if (line.startsWith('+')) {
          alive.add(name);
        } else {
          alive.delete(name);
          gone.add(name);
        }
      }
      const replica = await replicaOn(await createLevelStore(directory));
      const { state } = replica.document('names', Names);
      const lost = [...alive].filter((name) => !Names.has(state, name));
      const back = [...gone].filter((name) => Names.has(state, name));
      // The last change may have been stored without having been acknowledged.
      expect(lost.length).toBeLessThanOrEqual(1);
      for (const name of lost) {
        expect(name).toMatch(new RegExp(`^life${life}\\.`));
        alive.delete(name);
        gone.add(name);
      }
      expect(back).toEqual([]);
      await replica.stop();
    }
    expect(alive.size).toBeGreaterThan(20);
  }, 120_000);

  test('opens again with what it had', async () => {
    const first = await replicaOn(await createLevelStore(directory));
    await first
      .document('names', Names)
      .change((state, { writer }) => Names.add(state, writer, 'kept'));
    await first.stop();
    const second = await replicaOn(await createLevelStore(directory));
    expect(second.writer).toBe(first.writer);
    expect(second.document('names', Names).value()).toEqual(['kept']);
    await second.stop();
  });

  test('cannot be opened twice at a time', async () => {
    const store = await createLevelStore(directory);
    await expect(createLevelStore(directory)).rejects.toMatchObject({
      code: 'macula.crdt.store_failed',
    });
    await store.close();
    await store.close();
  });

  test('writes a batch or none of it, and reads in order by prefix', async () => {
    const store = await createLevelStore(directory);
    await store.write({
      put: [
        ['b/2', Uint8Array.of(2)],
        ['b/1', Uint8Array.of(1)],
        ['c', Uint8Array.of(3)],
      ],
      remove: [],
    });
    await store.write({ put: [['b/3', Uint8Array.of(4)]], remove: ['b/1', 'missing'] });
    const entries: string[] = [];
    for await (const [key, value] of store.read('b/')) entries.push(`${key}=${value.join()}`);
    expect(entries).toEqual(['b/2=2', 'b/3=4']);
    await store.close();
  });
});
