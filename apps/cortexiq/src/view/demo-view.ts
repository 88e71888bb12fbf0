import type { DemoSnapshot } from '../runner/demo-result.ts';

/** Shows how the demo goes. */
export interface DemoView {
  /** Something worth a line. */
  note(text: string): void;
  /** How things stand, a few times a second. */
  show(snapshot: DemoSnapshot): void;
  /** Leaves the terminal in order. Idempotent. */
  close(): void;
}

/** Shows nothing: for programs that read the result. */
export const silentView: DemoView = {
  note: () => undefined,
  show: () => undefined,
  close: () => undefined,
};
