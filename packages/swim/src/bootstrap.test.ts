import { describe, expect, it } from '@jest/globals';
import { type Links, MaculaError, noMetrics, silentLogger } from '@macula/core';
import { memoryNetwork, seededRandom, virtualClock } from '@macula/testkit';
import { Bootstrap } from './bootstrap.ts';
import { DialGate } from './dial-gate.ts';

/** What transports throw when an address turns out to be their own. */
class SelfDial extends MaculaError {
  readonly code = 'macula.dial.self';
}

function setup(dial: Links['dial']) {
  const clock = virtualClock();
  const node = memoryNetwork({ clock }).node();
  const attempts: number[] = [];
  const links: Links = Object.assign(Object.create(node) as Links, {
    all: () => [],
    dial: ((address, options) => {
      attempts.push(clock.now());
      return dial(address, options);
    }) satisfies Links['dial'],
  });
  const failures = noMetrics.counter({ name: 'failures', help: '' });
  const gate = new DialGate(1);
  const random = seededRandom(1);
  const bootstrap = new Bootstrap(
    { links, clock, random, logger: silentLogger, gate, failures },
    [
      { host: 'seed', port: 1 },
      { host: 'seed', port: 1 },
    ],
    1_000,
  );
  return { clock, bootstrap, attempts };
}

describe('Bootstrap', () => {
  it('dials an address that turns out to be its own once and never again', async () => {
    const { clock, bootstrap, attempts } = setup(() => Promise.reject(new SelfDial('is us')));
    bootstrap.start();
    expect(bootstrap.leadsNowhere).toBe(false);
    await clock.advance(600_000);
    expect(attempts).toHaveLength(1);
    expect(bootstrap.leadsNowhere).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  it('dials an address that does not answer without end, at most every 15 to 30 s', async () => {
    const { clock, bootstrap, attempts } = setup(() => Promise.reject(new Error('refused')));
    bootstrap.start();
    await clock.advance(3_600_000);
    expect(attempts.length).toBeGreaterThan(120);
    expect(attempts.length).toBeLessThan(260);
    const hurried = clock.now();
    bootstrap.hurry();
    await clock.advance(1_000);
    expect(attempts.at(-1)).toBeGreaterThan(hurried);
    bootstrap.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('leads nowhere only when there are addresses', () => {
    const { bootstrap } = setup(() => Promise.reject(new Error('refused')));
    expect(bootstrap.leadsNowhere).toBe(false);
  });
});
