import { describe, expect, it } from '@jest/globals';
import { memoryNetwork, virtualClock } from '@macula/testkit';
import { nodeId } from '../../test/statements.ts';
import { Probe } from './probe.ts';

const [target, helper, stranger] = [nodeId(1), nodeId(2), nodeId(3)];

/** A probe by a node whose event loop can stand still, and what becomes of it. */
function setup(lagLimitMs: number) {
  const clock = virtualClock();
  const network = memoryNetwork({ clock });
  const links = network.node();
  const log: string[] = [];
  const probe = new Probe(
    links.clock,
    target,
    1,
    { timeoutMs: 500, periodMs: 1_000, lagLimitMs },
    {
      askOthers: () => {
        log.push(`asks ${Math.round(clock.now())}`);
        return new Set([helper.key]);
      },
      lagged: (lateMs) => log.push(`lagged by ${Math.round(lateMs)}`),
      succeeded: () => log.push('succeeded'),
      failed: () => log.push(`failed ${Math.round(clock.now())}`),
    },
  );
  const standStill = async (ms: number): Promise<void> => {
    network.pause(links.self);
    await clock.advance(ms);
    network.resume(links.self);
  };
  return { clock, log, probe, standStill };
}

describe('a probe', () => {
  it('asks others when its time is up, and fails when its period is', async () => {
    const { clock, log } = setup(250);
    await clock.advance(2_000);
    expect(log).toEqual(['asks 500', 'failed 1000']);
  });

  it('takes the word of its target and of those it has asked, and nobody else', async () => {
    const { clock, log, probe } = setup(250);
    await clock.advance(600);
    probe.acked(stranger);
    expect(probe.over).toBe(false);
    probe.acked(helper);
    await clock.advance(2_000);
    expect(log).toEqual(['asks 500', 'succeeded']);
  });

  it('waits once more where its timer was late: the answer may wait behind it', async () => {
    const { clock, log, standStill } = setup(250);
    await standStill(3_000);
    await clock.advance(5_000);
    expect(log).toEqual(['lagged by 2500', 'asks 3500', 'failed 4000']);
  });

  it('holds late timers against its target in plain SWIM', async () => {
    const { clock, log, standStill } = setup(Infinity);
    await standStill(3_000);
    await clock.advance(5_000);
    expect(log).toEqual(['asks 3000', 'failed 3500']);
  });
});
