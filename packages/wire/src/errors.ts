import { MaculaError, ProtocolError } from '@macula/core';

/** Bytes that are no frame. The stream they came on cannot be read any further. */
export class MalformedFrameError extends ProtocolError {
  override readonly code = 'macula.protocol.malformed_frame';
}

/** A frame announces more bytes than the receiver takes. */
export class FrameTooLargeError extends ProtocolError {
  override readonly code = 'macula.protocol.frame_too_large';
}

/** A frame's header, or another protobuf message of a peer, cannot be read. */
export class MalformedMessageError extends ProtocolError {
  override readonly code = 'macula.protocol.malformed_message';
}

/** A received payload is not MessagePack of the kind that docs/protocol.md allows. */
export class MalformedPayloadError extends ProtocolError {
  override readonly code = 'macula.protocol.malformed_payload';
}

/** A received payload is MessagePack, but no body: no `[args]` or `[args, kwargs]`. */
export class MalformedBodyError extends ProtocolError {
  override readonly code = 'macula.protocol.malformed_body';
}

/** A value that cannot be sent: it has no MessagePack form, is nested too deeply, or contains itself. */
export class InvalidPayloadError extends MaculaError {
  readonly code = 'macula.invalid_payload';
}
