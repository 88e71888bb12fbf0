import type { Address } from '../address.ts';
import type { Unsubscribe } from './unsubscribe.ts';

/** Receives one datagram. `bytes` belong to the receiver. */
export type DatagramListener = (bytes: Uint8Array, from: Address) => void;

/** An unreliable packet channel: UDP, nat's path-switching socket, testkit's lossy one. */
export interface DatagramSocket {
  readonly localAddress: Address;
  /** Sends `bytes`, which the socket may keep until they have left: the caller must not reuse them. Loss is silent; so is a full send buffer (counted). */
  send(bytes: Uint8Array, to: Address): void;
  onMessage(listener: DatagramListener): Unsubscribe;
  /** Idempotent. */
  close(): Promise<void>;
}
