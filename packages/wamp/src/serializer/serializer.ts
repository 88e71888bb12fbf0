import type { WampMessage } from '../message/message.ts';

/** How messages are written on a transport. One serializer may serve any number of sessions. */
export interface Serializer {
  /** The WebSocket subprotocol that stands for it. */
  readonly subprotocol: string;
  readonly binary: boolean;
  /** Throws an error when the message holds something that has no form in this serialization. */
  encode(message: WampMessage): string | Uint8Array;
  /** Throws ProtocolViolation, and nothing else, whatever it is given. */
  decode(data: string | Uint8Array): WampMessage;
}
