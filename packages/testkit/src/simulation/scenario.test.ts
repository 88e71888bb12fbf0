import { describe, expect, it } from '@jest/globals';
import { crash, restart } from './actions.ts';
import { randomScenario } from './random-scenario.ts';
import { at, every, inOrder, type Step } from './scenario.ts';

const shown = (steps: readonly Step[]): string[] =>
  steps.map(({ atMs, action }) => `${atMs}: ${action.name}`);

describe('a scenario', () => {
  it('is a list of steps in the order of their times', () => {
    const steps = inOrder([
      at(300, restart('n1')),
      every(100, crash('n2'), { fromMs: 50, untilMs: 250 }),
      at(100, crash('n1')),
    ]);
    expect(shown(steps)).toEqual([
      '50: crash n2',
      '100: crash n1',
      '150: crash n2',
      '250: crash n2',
      '300: restart n1',
    ]);
  });

  it.each([
    ['before the beginning', () => at(-1, crash('n1'))],
    ['for ever', () => every(1, crash('n1'), { untilMs: Infinity })],
    ['without pause', () => every(0, crash('n1'), { untilMs: 10 })],
  ])('refuses steps %s', (_what, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'macula.invalid_argument' }));
  });
});

describe('a random scenario', () => {
  const options = { nodes: 5, untilMs: 300_000 };

  it('is the same for the same seed', () => {
    const steps = shown(randomScenario(3, options));
    expect(steps.length).toBeGreaterThan(20);
    expect(shown(randomScenario(3, options))).toEqual(steps);
    expect(shown(randomScenario(4, options))).not.toEqual(steps);
  });

  it('repairs every fault in time', () => {
    for (let seed = 0; seed < 50; seed++) {
      const broken = new Set<string>();
      let cut = false;
      let stormy = false;
      for (const { atMs, action } of randomScenario(seed, options)) {
        expect(atMs).toBeLessThanOrEqual(options.untilMs);
        const [what, node = ''] = action.name.split(' ');
        if (what === 'crash' || what === 'pause') {
          expect(broken.has(node)).toBe(false);
          broken.add(node);
        } else if (what === 'restart' || what === 'resume') expect(broken.delete(node)).toBe(true);
        else if (what === 'cut') cut = true;
        else if (what === 'heal') cut = false;
        else stormy = what === 'conditions';
      }
      expect([broken.size, cut, stormy]).toEqual([0, false, false]);
    }
  });

  it('has every kind of fault, and all kinds of weather', () => {
    const steps = shown(randomScenario(1, { nodes: 5, untilMs: 3_000_000 }));
    for (const what of [
      /crash n/,
      /restart n\d$/,
      /without its disk/,
      /pause n/,
      /cut .* off from .*\d$/,
      /one way/,
      /"loss":0.2/,
      /"duplication":0.2,"reordering":0.2/,
    ]) {
      expect(steps.some((step) => what.test(step))).toBe(true);
    }
  });

  it('chooses by weights, and hits no more nodes at a time than it may', () => {
    const none = { diskLoss: 0, pause: 0, partition: 0, oneWayPartition: 0, loss: 0, disorder: 0 };
    const weights = { crash: 1, ...none };
    const steps = randomScenario(1, { ...options, weights, mostNodes: 1 });
    const kinds = new Set(steps.map(({ action }) => action.name.split(' ')[0]));
    expect([...kinds].sort()).toEqual(['crash', 'restart']);
    const times = steps.map(({ atMs }) => atMs);
    expect(new Set(times).size).toBe(times.length);
  });

  it.each([
    ['no nodes', { nodes: 0, untilMs: 1 }],
    ['no time', { nodes: 1, untilMs: 0 }],
    ['a negative weight', { nodes: 1, untilMs: 1, weights: { crash: -1 } }],
  ])('refuses %s', (_what, wrong) => {
    expect(() => randomScenario(1, wrong)).toThrow(
      expect.objectContaining({ code: 'macula.invalid_argument' }),
    );
  });
});
