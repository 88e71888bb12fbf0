export { createNode } from './create-node.ts';
export type { JoinOptions } from './join-wait.ts';
export type { MaculaNode } from './macula-node.ts';
export type { NodeHealth } from './node-health.ts';
export type { NodeOptions } from './node-options.ts';
export { prometheusMetrics } from './prometheus-metrics.ts';
