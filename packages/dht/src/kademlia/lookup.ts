import type { Clock, Id, Timer } from '@macula/core';
import type { Contact } from './contact.ts';
import { LookupPath, type PathOptions, type Reply } from './lookup-path.ts';
import { sortByDistance } from './xor-order.ts';

export interface LookupDeps {
  readonly clock: Clock;
  readonly ask: (contact: Contact) => Promise<Reply>;
  /** Milliseconds that it is likely to take to come to the target through the node. Default: the same for all. */
  readonly cost?: (contact: Contact) => number;
  /** Whether the node is likely to have what is looked for. Default: none is. */
  readonly isNear?: (contact: Contact) => boolean;
}

export interface LookupPlan extends PathOptions {
  /** Paths that share no node; 1 is plain Kademlia. */
  readonly paths: number;
  /** Ends the lookup where it is. */
  readonly signal: AbortSignal;
}

export interface LookupOutcome {
  /** Those nearest to the target that have answered, nearest first. */
  readonly closest: readonly Contact[];
  /** Nodes asked one after the other until the first that had what was looked for, itself included; 0: nobody had. */
  readonly hops: number;
  readonly requests: number;
}

/**
 * The iterative lookup of Kademlia (Maymounkov and Mazières 2002, §2.3); with several paths that of S/Kademlia
 * (Baumgart and Mies 2007, §4.4): the nearest known nodes are dealt out to the paths, and no node is asked by two of
 * them, so that a liar can spoil the path it is on and no other. Once most paths have found what is looked for, the
 * others are waited for no longer than a stalled answer would be.
 */
export async function lookUp(
  deps: LookupDeps,
  target: Id,
  seeds: readonly Contact[],
  plan: LookupPlan,
): Promise<LookupOutcome> {
  const asked = new Set<string>();
  const claim = ({ id }: Contact): boolean => !asked.has(id.key) && asked.add(id.key) !== undefined;
  const count = Math.max(1, Math.min(plan.paths, seeds.length));
  const enough = Number.isFinite(plan.enough) ? Math.ceil(plan.enough / count) : plan.enough;
  const paths = Array.from(
    { length: count },
    (_, at) =>
      new LookupPath(
        { cost: () => 0, isNear: () => false, ...deps, claim },
        target,
        seeds.filter((_seed, position) => position % count === at),
        { ...plan, enough, hedge: Math.ceil(plan.hedge / count) },
      ),
  );
  const end = (): void => {
    for (const path of paths) path.end();
  };
  let successes = 0;
  let patience: Timer | undefined;
  const ended = ({ hops }: LookupPath): void => {
    if (count > 1 && hops > 0 && ++successes > count / 2) {
      patience ??= deps.clock.setTimer(end, plan.stallMs, { background: true });
    }
  };
  if (plan.signal.aborted) end();
  plan.signal.addEventListener('abort', end, { once: true });
  for (const path of paths) path.run();
  await Promise.all(paths.map((path) => path.done.then(() => ended(path))));
  patience?.cancel();
  plan.signal.removeEventListener('abort', end);
  const answered = paths.flatMap((path) => path.answered);
  const hops = paths.map((path) => path.hops).filter((depth) => depth > 0);
  return {
    closest: sortByDistance([...answered], target)
      .slice(0, plan.width)
      .map(({ contact }) => contact),
    hops: hops.length === 0 ? 0 : Math.min(...hops),
    requests: paths.reduce((sum, path) => sum + path.requests, 0),
  };
}
