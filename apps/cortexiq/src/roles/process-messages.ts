import type { Connect, Reachable } from './connection.ts';
import type { RoleSettings } from './role-settings.ts';
import type { TrafficCounts } from './traffic.ts';

/** What the runner tells a process, in this order. */
export type Instruction =
  | {
      readonly type: 'start';
      /** Name of the process, such as `homes_1`. */
      readonly name: string;
      readonly settings: RoleSettings;
      readonly connect: Connect;
    }
  /** Wait until all these are known. */
  | { readonly type: 'meet'; readonly processes: readonly string[] }
  | { readonly type: 'run' }
  | { readonly type: 'stop' };

/** What a process tells the runner. */
export type Report =
  | { readonly type: 'started'; readonly reachable: Reachable }
  /** Takes part, or has subscribed, registered or met something more. */
  | { readonly type: 'moved' }
  | { readonly type: 'met' }
  | { readonly type: 'finished' }
  | { readonly type: 'failed'; readonly message: string }
  /** What was sent and received so far: twice a second, and at last when the process ends. */
  | { readonly type: 'traffic'; readonly counts: TrafficCounts };
