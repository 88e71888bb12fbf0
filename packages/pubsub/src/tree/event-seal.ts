import { createHash } from 'node:crypto';
import type { FrameView } from '@macula/core';
import { FrameWriter, readFrame } from '@macula/wire';
import { headerBehindAlias, type TreeEvent, treeEventOf } from './tree-event.ts';
import type { SignedPlan, TreeSigner, TreeVerifier } from './tree-plan.ts';

/*
 * In a tree whose plan says so, the publisher's signature follows the payload of every event. It covers the plan, and with it realm,
 * topic and epoch, the header but for the alias, which is another on every hop, and the payload.
 */

/** Bytes of a signature. */
const sealLength = 64;
const purpose = Buffer.from('macula pub/sub event 1\0');

/** Signs the events of one tree. */
export class EventSealer {
  readonly #signer: TreeSigner;
  readonly #plan: Uint8Array;
  readonly #writer = new FrameWriter();

  constructor(signer: TreeSigner, { plan }: SignedPlan) {
    this.#signer = signer;
    this.#plan = hashOf(plan);
  }

  /** The event with its seal, valid until the next one is sealed. */
  seal(event: TreeEvent): TreeEvent {
    const { kind, bytes, start, end } = event;
    const frame = readFrame(bytes, start, end);
    const { headerStart, headerEnd, payloadEnd } = frame;
    const payload = bytes.subarray(headerEnd, payloadEnd);
    const rest = bytes.subarray(headerBehindAlias(frame), headerEnd);
    const seal = this.#signer.sign(signedBytes(this.#plan, rest, payload));
    const made = this.#writer
      .payload(Buffer.concat([payload, seal]))
      .frame(kind, bytes.subarray(headerStart, headerEnd));
    return treeEventOf(made, event);
  }
}

/** Tells events that a publisher has sealed from others. */
export class EventSeal {
  readonly #publicKey: Uint8Array;
  readonly #plan: Uint8Array;
  readonly #verify: TreeVerifier;

  constructor({ plan, publicKey }: SignedPlan, verify: TreeVerifier) {
    this.#publicKey = publicKey;
    this.#plan = hashOf(plan);
    this.#verify = verify;
  }

  /** The event without its seal; undefined when that is not good. Throws MalformedFrameError. */
  opened(frame: FrameView): FrameView | undefined {
    const { kind, bytes, headerStart, headerEnd } = frame;
    const payloadEnd = frame.payloadEnd - sealLength;
    if (payloadEnd < headerEnd) return undefined;
    const rest = bytes.subarray(headerBehindAlias(frame), headerEnd);
    const said = signedBytes(this.#plan, rest, bytes.subarray(headerEnd, payloadEnd));
    const seal = bytes.subarray(payloadEnd, frame.payloadEnd);
    if (!this.#verify(this.#publicKey, said, seal)) return undefined;
    return { kind, bytes, headerStart, headerEnd, payloadEnd };
  }
}

function signedBytes(plan: Uint8Array, header: Uint8Array, payload: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  return Buffer.concat([purpose, plan, length, header, payload]);
}

function hashOf(plan: Uint8Array): Uint8Array {
  return createHash('sha256').update(plan).digest();
}
