import { InvalidArgumentError } from '@macula/core';
import { type SeededRandom, seededRandom } from '../random/seeded-random.ts';
import { calm, conditions, crash, heal, partition, pause, restart, resume } from './actions.ts';
import type { Step } from './scenario.ts';

/** How often each kind of fault is chosen, relative to the others; 0 is never. */
export interface FaultWeights {
  /** A node crashes and starts again with its disk. Default 1. */
  readonly crash: number;
  /** A node crashes and starts again without its disk. Default 1. */
  readonly diskLoss: number;
  /** A node's event loop stands still. Default 1. */
  readonly pause: number;
  /** Some nodes are cut off from the rest. Default 1. */
  readonly partition: number;
  /** What some nodes send does not reach the rest, while the rest reaches them. Default 1. */
  readonly oneWayPartition: number;
  /** A fifth of all packets is lost. Default 1. */
  readonly loss: number;
  /** A fifth of all datagrams comes twice, and a fifth too late, behind others. Default 1. */
  readonly disorder: number;
}

export interface RandomScenarioOptions {
  /** How many nodes there are, `n0` and so on. */
  readonly nodes: number;
  /** Faults begin no earlier, in milliseconds since the beginning. Default 0. */
  readonly fromMs?: number;
  /** Everything is repaired by then. */
  readonly untilMs: number;
  /** Mean time between the end of a fault and the beginning of the next. Default 2,000 ms. */
  readonly calmMs?: number;
  /** Mean length of a fault. Default 5,000 ms. */
  readonly faultMs?: number;
  /** At most so many nodes suffer from one fault. Default: half of them. */
  readonly mostNodes?: number;
  readonly weights?: Partial<FaultWeights>;
}

const evenly: FaultWeights = {
  crash: 1,
  diskLoss: 1,
  pause: 1,
  partition: 1,
  oneWayPartition: 1,
  loss: 1,
  disorder: 1,
};

/**
 * Faults one after the other, each over before the next begins: a pure function of seed and options, so that the list can
 * be printed, shortened by hand, and kept as a regression.
 */
export function randomScenario(seed: number, options: RandomScenarioOptions): Step[] {
  const { nodes, fromMs = 0, untilMs, calmMs = 2_000, faultMs = 5_000 } = options;
  const mostNodes = options.mostNodes ?? Math.max(1, Math.floor(nodes / 2));
  const weights = Object.entries({ ...evenly, ...options.weights });
  const valid = nodes > 0 && untilMs > fromMs && calmMs > 0 && faultMs > 0 && mostNodes > 0;
  if (!valid || !(sum(weights) > 0) || weights.some(([, weight]) => !(weight >= 0))) {
    throw new InvalidArgumentError(
      'a random scenario needs nodes, times and weights above 0, and an end after its beginning',
    );
  }
  const random = seededRandom(seed);
  const steps: Step[] = [];
  let now = fromMs + exponential(calmMs, random);
  for (;;) {
    const endMs = now + exponential(faultMs, random);
    if (endMs > untilMs) return steps;
    const victims = some(nodes, 1 + random.integer(Math.min(mostNodes, nodes)), random);
    steps.push(...fault(choose(weights, random) as keyof FaultWeights, victims, nodes, now, endMs));
    now = endMs + exponential(calmMs, random);
  }
}

function fault(
  kind: keyof FaultWeights,
  victims: readonly string[],
  nodes: number,
  startMs: number,
  endMs: number,
): Step[] {
  const [begin, end] = [
    (action: Step['action']) => ({ atMs: startMs, action }),
    (action: Step['action']) => ({ atMs: endMs, action }),
  ];
  const rest = names(nodes).filter((name) => !victims.includes(name));
  const oneWay = { oneWay: true };
  switch (kind) {
    case 'crash':
      return [...victims.map((v) => begin(crash(v))), ...victims.map((v) => end(restart(v)))];
    case 'diskLoss':
      return [
        ...victims.map((v) => begin(crash(v))),
        ...victims.map((v) => end(restart(v, { disk: 'lost' }))),
      ];
    case 'pause':
      return [...victims.map((v) => begin(pause(v))), ...victims.map((v) => end(resume(v)))];
    case 'partition':
      return [begin(partition(victims, rest)), end(heal())];
    case 'oneWayPartition':
      return [begin(partition(victims, rest, oneWay)), end(heal())];
    case 'loss':
      return [begin(conditions({ loss: 0.2 })), end(calm())];
    case 'disorder':
      return [begin(conditions({ duplication: 0.2, reordering: 0.2 })), end(calm())];
  }
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `n${index}`);
}

function some(nodes: number, count: number, random: SeededRandom): string[] {
  const pool = names(nodes);
  return Array.from(
    { length: count },
    () => pool.splice(random.integer(pool.length), 1)[0] as string,
  );
}

function choose(weights: readonly (readonly [string, number])[], random: SeededRandom): string {
  let left = random.next() * sum(weights);
  for (const [kind, weight] of weights) {
    left -= weight;
    if (left < 0) return kind;
  }
  return (weights.findLast(([, weight]) => weight > 0) as [string, number])[0];
}

function sum(weights: readonly (readonly [string, number])[]): number {
  return weights.reduce((total, [, weight]) => total + weight, 0);
}

/** Whole milliseconds, at least one. */
function exponential(mean: number, random: SeededRandom): number {
  return Math.max(1, Math.round(-mean * Math.log(1 - random.next())));
}
