import type { RoleSettings } from './role-settings.ts';
import type { TrafficCounts } from './traffic.ts';

/** What the runner tells a process, in this order. */
export type Instruction =
  | {
      readonly type: 'start';
      /** Name of the process, such as `homes_1`. */
      readonly name: string;
      readonly settings: RoleSettings;
      /** Where the seed is, `host:port`; empty for the seed itself. */
      readonly bootstrap: readonly string[];
    }
  /** Wait until all these are known. */
  | { readonly type: 'meet'; readonly processes: readonly string[] }
  | { readonly type: 'run' }
  | { readonly type: 'stop' };

/** What a process tells the runner. */
export type Report =
  | { readonly type: 'started'; readonly addresses: readonly string[] }
  | { readonly type: 'met' }
  | { readonly type: 'finished' }
  | { readonly type: 'failed'; readonly message: string }
  /** What was sent and received so far: twice a second, and at last when the process ends. */
  | { readonly type: 'traffic'; readonly counts: TrafficCounts };
