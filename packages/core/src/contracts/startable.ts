/** Something long-lived. */
export interface Startable {
  start(): Promise<void>;
  /** Stops and leaves no timer, socket or listener behind. Idempotent: further calls return the same promise. */
  stop(): Promise<void>;
}
