import type { NodeId } from '@macula/core';
import type { Environment } from '../src/simulation/simulated-node.ts';

const acquire = 0xe1;
const leaseMs = 2_000;
const workMs = 300;
const stepsOfWork = 5;
const nothing = new Uint8Array();

/** A node that works under a lock which the first node grants for two seconds at a time. */
export interface LockClient {
  readonly holding: boolean;
  readonly worked: number;
  start(): void;
}

/**
 * The textbook's mistake, and its cure: a holder whose process stood still believes in a lock that somebody else has by
 * now, unless it is `careful` and begins only what its lease has time for.
 */
export function lockService(careful: boolean): (environment: Environment) => LockClient {
  return ({ links, clock, random, index, bootstrap }) => {
    let holding = false;
    let worked = 0;
    let granted: { readonly to: NodeId; readonly untilMs: number } | undefined;

    links.handleRequest(acquire, ({ peer }) => {
      const isFree = granted === undefined || granted.untilMs <= clock.now();
      if (isFree) granted = { to: peer, untilMs: clock.now() + leaseMs };
      return Uint8Array.of(isFree ? 1 : 0);
    });

    const work = (left: number, untilMs: number): void => {
      holding = left > 0 && (!careful || clock.now() + workMs <= untilMs);
      if (!holding) return;
      worked++;
      clock.setTimer(() => {
        work(left - 1, untilMs);
      }, workMs);
    };

    const ask = async (): Promise<void> => {
      clock.setTimer(() => void ask(), 500 + random.integer(500));
      const [server] = bootstrap;
      if (server === undefined || holding) return;
      // The lease counts from before it was asked for.
      const untilMs = clock.now() + leaseMs;
      try {
        const link = await links.dial(server, { timeout: 400 });
        const [granted] = await link.request(acquire, nothing, { timeout: 400 });
        if (granted === 1) work(stepsOfWork, untilMs);
      } catch {
        // Somebody else, or nobody, may have it: the next time.
      }
    };

    return {
      get holding() {
        return holding;
      },
      get worked() {
        return worked;
      },
      start: () => {
        if (index > 0) clock.setTimer(() => void ask(), 10 * index);
      },
    };
  };
}
