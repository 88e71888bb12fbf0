import { type Metrics, noMetrics } from '@macula/core';

/** Metrics that keep what their histograms were given, and each step of their counters. */
export function recordingMetrics(): { metrics: Metrics; values: (name: string) => number[] } {
  const observed = new Map<string, number[]>();
  const values = (name: string): number[] => {
    const list = observed.get(name) ?? [];
    observed.set(name, list);
    return list;
  };
  const metrics: Metrics = {
    ...noMetrics,
    counter: ({ name }) => ({ inc: (by = 1) => void values(name).push(by) }),
    histogram: ({ name }) => ({ observe: (value) => values(name).push(value) }),
  };
  return { metrics, values };
}
