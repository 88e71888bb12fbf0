import type { Clock, Logger, Random } from '@macula/core';
import type { MeshPort } from './mesh-port.ts';
import type { RouterMetrics } from './router-metrics.ts';
import type { RouterSettings } from './router-options.ts';

/** What the parts of one router share. Itself stands for the router's clients where it meets others on its node. */
export interface RouterContext {
  readonly mesh: MeshPort;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: RouterMetrics;
  readonly settings: RouterSettings;
  /** Tells subscribers of this router's own topics. */
  readonly announce: (topic: string, args: readonly unknown[]) => void;
}
