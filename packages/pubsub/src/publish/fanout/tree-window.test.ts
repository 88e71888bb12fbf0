import { describe, expect, it } from '@jest/globals';
import { TimerWheel } from '@macula/core';
import { virtualClock } from '@macula/testkit';
import { createPublication } from '../publication.ts';
import type { PublishOptions } from '../publish-options.ts';
import { noDebtors, Receipt } from '../receipt.ts';
import { TreeWindow } from './tree-window.ts';

const clock = virtualClock();

function windowOf() {
  const wheel = new TimerWheel(clock);
  return new TreeWindow({ wheel, now: () => clock.now(), debtors: () => noDebtors });
}

function publication(sequence: number, options: PublishOptions = {}) {
  const made = createPublication(sequence, { ...options, qos: 1 }, clock, 1_000);
  made.sequence = sequence;
  made.receipt = new Receipt('a.b');
  return made;
}

describe('what was sent down a tree and is not acknowledged', () => {
  it('counts with its details', () => {
    const window = windowOf();
    window.keep(publication(1));
    const plain = window.bytes;
    window.keep(publication(2, { details: { text: 'x'.repeat(16_000) } }));
    expect(window.bytes - plain).toBeGreaterThan(16_000);
    window.acknowledge(2);
    expect(window.bytes).toBe(0);
  });

  it('is in order, whatever way it went first', () => {
    const window = windowOf();
    const [one, two, three] = [1, 2, 3].map((sequence) => publication(sequence));
    window.keep(two!);
    window.merge([three!, one!, two!, one!]);
    expect(window.after(0)).toEqual([one, two, three]);
    expect(window.first).toBe(1);
    expect(window.find(2)).toBe(two);
    window.acknowledge(2);
    expect(window.after(0)).toEqual([three]);
    expect(window.find(2)).toBeUndefined();
  });
});
