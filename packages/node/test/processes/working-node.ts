// A process with a node that does what its parent asks of it over IPC, and counts everything. Started by process-mesh.ts.
import type { Invoke } from '@macula/rpc';
import { systemClock } from '@macula/core';
import { createNode } from '../../src/create-node.ts';
import type { NodeOptions } from '../../src/node-options.ts';
import { EventLedger, type EventCount } from './event-ledger.ts';
import { SteadyWork, type WorkCount } from './steady-work.ts';

const [name = '', optionsText = '{}'] = process.argv.slice(2);
// With its listener, so that the parent's channel counts as what held the process before.
let onMessage: (message: CommandMessage) => void = () => undefined;
process.on('message', (message: CommandMessage) => onMessage(message));
const heldBefore = process.getActiveResourcesInfo();
const node = await createNode({
  realm: 'be.macula.proof',
  host: '127.0.0.1',
  environment: {},
  ...(JSON.parse(optionsText) as NodeOptions),
});
const ledger = new EventLedger();
const publishing = new Map<string, SteadyWork>();
const calling = new Map<string, SteadyWork>();
let served = 0;
/** What membership has told, as `type id`. */
const changes: string[] = [];
node.onMembership(({ type, member }) => changes.push(`${type} ${member.id.key}`));

export interface ProcessReport {
  readonly members: number;
  /** Own and others' directory entries. */
  readonly entries: number;
  readonly links: number;
  readonly rss: number;
  readonly heap: number;
  /** Milliseconds of processor time since the process began. */
  readonly cpu: number;
  /** Sockets, timers and the like. */
  readonly handles: number;
  readonly served: number;
  readonly events: Record<string, EventCount>;
  readonly publishing: Record<string, WorkCount>;
  readonly calling: Record<string, WorkCount>;
}

const commands = {
  /** Publishes numbered events on `topic`, `rate` a second. */
  publish({ topic, rate, qos }: { topic: string; rate: number; qos: 0 | 1 }): void {
    const work = (number: number) => node.publish(topic, [name, number], { qos });
    publishing.set(topic, new SteadyWork(work, rate));
  },
  /** Ends `publish`; resolves when all publications have settled. */
  async hush({ topic }: { topic: string }): Promise<WorkCount> {
    return await publishing.get(topic)!.finish();
  },
  /** Subscribes and counts. */
  async subscribe({ pattern }: { pattern: string }): Promise<void> {
    const { gap: onGap, resumed: onResumed } = ledger;
    await node.subscribe(pattern, ledger.take, { onGap, onResumed });
  },
  /** Answers calls with this process's name, after `delay` milliseconds. */
  async serve(options: { procedure: string; invoke: Invoke; delay?: number }): Promise<void> {
    const { procedure, invoke, delay = 0 } = options;
    const answer = async (): Promise<string> => {
      served++;
      if (delay > 0) await new Promise<void>((resolve) => systemClock.setTimer(resolve, delay));
      return name;
    };
    await node.register(procedure, answer, { invoke });
  },
  /** Calls `procedure`, `rate` times a second. */
  call(options: { procedure: string; rate: number; timeout: number; idempotent?: boolean }): void {
    const { procedure, rate, timeout, idempotent = false } = options;
    const work = () => node.call(procedure, [], { timeout, idempotent });
    calling.set(procedure, new SteadyWork(work, rate));
  },
  /** Ends `call`; resolves when all calls have settled. */
  async hangUp({ procedure }: { procedure: string }): Promise<WorkCount> {
    return await calling.get(procedure)!.finish();
  },
  /** Answers every item of every stream. */
  async serveStreams({ procedure }: { procedure: string }): Promise<void> {
    await node.registerStream(procedure, async (stream) => {
      let items = 0;
      for await (const item of stream) {
        items++;
        await stream.send(item);
      }
      return items;
    });
  },
  /** Opens streams, `rate` a second, and exchanges ten items over each; `hangUp` ends it. */
  stream({ procedure, rate }: { procedure: string; rate: number }): void {
    const work = async (): Promise<void> => {
      const stream = await node.openStream(procedure, [], { timeout: 10_000 });
      let answers = 0;
      for (let item = 0; item < 10; item++) await stream.send(item);
      stream.end();
      for await (const item of stream) if (item === answers) answers++;
      if (answers !== 10 || (await stream.result) !== 10) throw new Error(`${answers} of 10 items`);
    };
    calling.set(procedure, new SteadyWork(work, rate));
  },
  /** Comes and goes as a subscriber and as a callee, `rate` times a second; `hangUp` ends it. */
  comeAndGo({ name: what, rate }: { name: string; rate: number }): void {
    const work = async (number: number): Promise<void> => {
      // A node remembers thousands of names that it has called: with a hundred, that is no growth.
      const place = `${what}.n${number % 100}`;
      const subscription = await node.subscribe(`${place}.*`, () => undefined);
      const registration = await node.register(place, () => number);
      if ((await node.call(place)) !== number) throw new Error('a wrong answer');
      await registration.unregister();
      await subscription.unsubscribe();
    };
    calling.set(what, new SteadyWork(work, rate));
  },
  /** Pauses are measured from here on. */
  forgetPauses(): void {
    ledger.forgetPauses();
    for (const work of [...publishing.values(), ...calling.values()]) work.forgetPauses();
  },
  /** Where the process was started with --expose-gc; before a report whose `heap` is to mean something. */
  collectGarbage(): void {
    globalThis.gc?.();
  },
  /** What membership has told since the process began, as `type id`. */
  changes(): readonly string[] {
    return changes;
  },
  report(): ProcessReport {
    const { members, directory, links } = node.health();
    const { rss, heapUsed: heap } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const cpu = (user + system) / 1_000;
    const handles = process.getActiveResourcesInfo().length;
    const countsOf = (works: Map<string, SteadyWork>) =>
      Object.fromEntries([...works].map(([key, { count }]) => [key, count]));
    return {
      ...{ members: members.alive, entries: directory.self + directory.peers, links, rss, heap },
      ...{ cpu, handles, served, events: ledger.counts() },
      ...{ publishing: countsOf(publishing), calling: countsOf(calling) },
    };
  },
  /** Stops the node. Resolves with what still holds the process, beside what held it before there was a node. */
  async stop(): Promise<readonly string[]> {
    await node.stop();
    // Handles that were closed in this turn are gone after the next.
    await new Promise<void>((resolve) => systemClock.setTimer(resolve, 20));
    const held = process.getActiveResourcesInfo();
    for (const resource of heldBefore) {
      const index = held.indexOf(resource);
      if (index !== -1) held.splice(index, 1);
    }
    return held;
  },
};

export type Commands = typeof commands;

interface CommandMessage {
  readonly id: number;
  readonly command: keyof Commands;
  readonly argument: never;
}

onMessage = ({ id, command, argument }) => {
  void (async () => commands[command](argument))().then(
    (value) => process.send!({ id, value: value ?? null }),
    (error: unknown) => process.send!({ id, error: String(error) }),
  );
};
process.send!({ id: 0, value: { id: node.id.key, addresses: node.health().addresses } });
