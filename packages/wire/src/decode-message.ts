import { MalformedMessageError } from './errors.ts';

/** A generated protobuf message, as far as reading it goes. */
export interface ReadableMessage<T> {
  decode(bytes: Uint8Array): T;
}

/**
 * The protobuf message that a peer wrote, such as a frame's header. `what` names it in the error. Throws
 * MalformedMessageError, a ProtocolError, whatever the generated code makes of the bytes.
 */
export function decodeMessage<T>(type: ReadableMessage<T>, bytes: Uint8Array, what: string): T {
  try {
    return type.decode(bytes);
  } catch (cause) {
    throw new MalformedMessageError(`the ${what} is no protobuf message of its kind`, { cause });
  }
}
