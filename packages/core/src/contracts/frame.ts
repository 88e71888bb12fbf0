/**
 * One encoded frame (`length · kind · header length · header · payload`, see docs/protocol.md) in
 * `bytes[start, end)`. Whoever takes an EncodedFrame copies what it needs before it returns, so that
 * senders can reuse one buffer for every message.
 */
export interface EncodedFrame {
  readonly kind: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * A received frame, as positions in the buffer it arrived in. The view and its bytes are valid only
 * until the handler returns; what is kept must be copied.
 */
export interface FrameView {
  readonly kind: number;
  readonly bytes: Uint8Array;
  /** The protobuf header is `bytes[headerStart, headerEnd)`. */
  readonly headerStart: number;
  readonly headerEnd: number;
  /** The payload is `bytes[headerEnd, payloadEnd)`. */
  readonly payloadEnd: number;
}
