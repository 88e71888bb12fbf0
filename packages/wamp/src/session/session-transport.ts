import type { Serializer } from '../serializer/serializer.ts';

/** What carries one client's messages. */
export interface SessionTransport {
  readonly serializer: Serializer;
  /** Bytes that were written and have not left yet. */
  readonly queuedBytes: number;
  /** Told to others by the meta API. */
  readonly details: Readonly<Record<string, unknown>>;
  write(data: string | Uint8Array): void;
  /** Closes once what is queued has left, or after a while. */
  close(reason: string): void;
  /** Reads nothing more from the client until `resume`. */
  pause(): void;
  resume(): void;
}
