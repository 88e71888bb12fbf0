import { setMaxListeners } from 'node:events';
import { systemClock } from '@macula/core';
import { createNode, type MaculaNode } from '@macula/node';
import { MeshCarrier } from '../carrier/mesh-carrier.ts';
import type { Dataset } from '../data/dataset.ts';
import type { SystemTotals } from '../messages/calls.ts';
import { realm } from '../messages/names.ts';
import { meet } from '../roles/presence.ts';
import type { DemoView } from '../view/demo-view.ts';
import { Cast } from './cast.ts';
import { DemoError } from './demo-error.ts';
import type { DemoOptions } from './demo-options.ts';
import { type DemoPlan, planDemo } from './demo-plan.ts';
import type { DemoResult, DemoSnapshot } from './demo-result.ts';
import { MessageRate } from './message-rate.ts';
import { Patience } from './patience.ts';
import { askTotals, watchTotals } from './totals-watch.ts';
import { differences } from './verify-totals.ts';

/** For how long nothing may move while processes start, milliseconds. */
const standstillMs = 60_000;

/** Where a demo runs. */
export interface DemoSetting {
  readonly view: DemoView;
  /** Ends the demo. */
  readonly signal: AbortSignal;
  /** Node's own flags for the processes to start. */
  readonly execArgv: readonly string[];
}

/**
 * Runs the whole demo: starts the processes, lets the clock run, shows how it goes, and ends them, whatever happened. The runner
 * is a node of the mesh itself: what it shows, it asks for by calling the queries process.
 *
 * Throws UnfitOptionError; DemoError when a process fails or the totals are not those of the data; and the signal's
 * reason when that fires.
 */
export async function runDemo(
  dataset: Dataset,
  options: DemoOptions,
  { view, signal, execArgv }: DemoSetting,
): Promise<DemoResult> {
  const plan = planDemo(dataset, options);
  const patience = new Patience(systemClock, standstillMs);
  const cast = new Cast(plan, { execArgv, note: (text) => view.note(text), patience });
  const ended = AbortSignal.any([signal, cast.failed]);
  // Every process that is waited for listens.
  setMaxListeners(0, ended, cast.failed, signal);
  let node: MaculaNode | undefined;
  try {
    view.note(`Starting ${cast.names.length} processes: ${cast.names.join(', ')}`);
    const bootstrap = await cast.start(ended);
    view.note(`Join with a node of your own: realm ${realm}, bootstrap ${bootstrap.join(', ')}`);
    node = await createNode({
      realm,
      host: '127.0.0.1',
      bootstrap,
      signal: ended,
      environment: {},
    });
    await cast.meet(ended);
    await meetAll(node, cast.actors, patience, ended);
    const performed = await perform(cast, node, options, view, ended);
    const processes = { runner: process.pid, ...cast.processIds };
    await Promise.all([node.stop(), cast.stop()]);
    return verified(plan, { ...performed, traffic: cast.traffic, processes });
  } catch (error) {
    throw ended.aborted ? ended.reason : error;
  } finally {
    await Promise.all([node?.stop(), cast.stop()]);
    view.close();
  }
}

/** Waits until the runner itself knows every process. */
function meetAll(
  node: MaculaNode,
  actors: readonly string[],
  patience: Patience,
  ended: AbortSignal,
): Promise<void> {
  const carrier = new MeshCarrier(node);
  const onMet = (): void => patience.moved();
  return patience.wait((signal) => meet(carrier, systemClock, actors, { signal, onMet }), {
    signal: ended,
    what: () => 'the runner meeting the others',
  });
}

type Performed = Omit<DemoSnapshot, 'traffic'>;

async function perform(
  cast: Cast,
  node: MaculaNode,
  options: DemoOptions,
  view: DemoView,
  ended: AbortSignal,
): Promise<Performed> {
  const began = systemClock.now();
  const before = cast.traffic.delivered;
  const rate = new MessageRate();
  const show = (totals: SystemTotals): void => {
    const elapsedMs = systemClock.now() - began;
    const traffic = cast.traffic;
    const messagesPerSecond = rate.take(elapsedMs, traffic.delivered - before);
    view.show({ options, totals, traffic, messagesPerSecond, elapsedMs });
  };
  const finished = new AbortController();
  const watching = watchTotals(node, systemClock, AbortSignal.any([ended, finished.signal]), show);
  try {
    const running = cast
      .run(ended)
      .then(() => systemClock.now() - began)
      .finally(() => finished.abort());
    const [elapsedMs] = await Promise.all([running, watching]);
    const totals = await askTotals(node, 10_000);
    return { options, totals, elapsedMs, messagesPerSecond: 0 };
  } finally {
    finished.abort();
  }
}

function verified(plan: DemoPlan, ended: Omit<DemoResult, 'expected'>): DemoResult {
  const messagesPerSecond = (ended.traffic.delivered * 1_000) / ended.elapsedMs;
  const result = { ...ended, messagesPerSecond, expected: plan.expected };
  const wrong = differences(result);
  if (wrong.length === 0) return result;
  throw new DemoError(`the projections do not agree with the data: ${wrong.join('; ')}`);
}
