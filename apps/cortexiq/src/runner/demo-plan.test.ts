import { describe, expect, it } from '@jest/globals';
import { smallDataset } from '../../test/small-dataset.ts';
import { UnfitOptionError } from './demo-error.ts';
import type { DemoOptions } from './demo-options.ts';
import { planDemo } from './demo-plan.ts';

const base: DemoOptions = {
  ...{ homes: 100, hours: 2, from: 0, speed: Infinity, data: '', homesPerProcess: 100 },
  homesOn: 'mesh',
};

function sizesOf(options: Partial<DemoOptions>): number[] {
  return planDemo(smallDataset(), { ...base, ...options }).processes.flatMap(({ settings }) =>
    settings.role === 'homes' ? [settings.homes.length] : [],
  );
}

describe('the plan of the demo', () => {
  it('spreads the homes evenly over as few processes as hold them', () => {
    expect(sizesOf({})).toEqual([100]);
    expect(sizesOf({ homes: 101 })).toEqual([50, 51]);
  });

  it('has as many processes as are asked for, the runner included', () => {
    const { processes } = planDemo(smallDataset(), { ...base, processes: 30 });
    expect(processes).toHaveLength(29);
    const sizes = sizesOf({ processes: 30 });
    expect(sizes).toHaveLength(24);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBe(1);
    expect(sizes.reduce((a, b) => a + b)).toBe(100);
  });

  it('says of every home which process it is behind', () => {
    const { processes } = planDemo(smallDataset(), { ...base, homes: 10, processes: 9 });
    for (const { name, settings } of processes) {
      if (settings.role !== 'homes') continue;
      for (const { id } of settings.homes) expect(settings.edgeOf.get(id)).toBe(name);
    }
  });

  it('lets WAMP clients in at a process of its own, where homes are on a façade', () => {
    const namesOn = (homesOn: DemoOptions['homesOn']): string[] =>
      planDemo(smallDataset(), { ...base, homesOn }).processes.map(({ name }) => name);
    expect(namesOn('facade')).toEqual(['seed', 'facade', ...namesOn('mesh').slice(1)]);
    expect(namesOn('fox-wamp')).toEqual(namesOn('mesh'));
  });

  it.each([
    [{ homes: 23, processes: 30 }, '24 for homes'],
    [{ homes: 101, processes: 7 }, '1 to 100 behind each'],
  ])('refuses %j', (options, message) => {
    expect(() => sizesOf(options)).toThrow(UnfitOptionError);
    expect(() => sizesOf(options)).toThrow(message);
  });
});
