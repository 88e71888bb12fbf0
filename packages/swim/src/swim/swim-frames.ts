import { type EncodedFrame, type FrameView, type Link, type NodeId } from '@macula/core';
import {
  decodeMessage,
  decodeNodeId,
  FrameKind,
  FrameWriter,
  headerOf,
  SwimGossip,
  SwimProbe,
  SwimProbeRequest,
} from '@macula/wire';
import { plainProbeSize, readPlainProbe, writePlainProbe } from './plain-probe.ts';

/** Kinds of frames that share the message SwimProbe. */
export type ProbeKind =
  typeof FrameKind.swimProbe | typeof FrameKind.swimAck | typeof FrameKind.swimNack;

/** Writes SWIM's frames, all into one buffer: a frame is valid until the next one is written. */
export class SwimFrames {
  /** Most frames are probes without rumours. */
  readonly #writer = new FrameWriter(512);
  readonly #plain = new Uint8Array(plainProbeSize);

  probe(kind: ProbeKind, sequence: number, rumours: readonly Uint8Array[]): EncodedFrame {
    if (rumours.length === 0) {
      const length = writePlainProbe(this.#plain, sequence);
      return this.#writer.empty().frame(kind, this.#plain, length);
    }
    return this.#frame(kind, SwimProbe.encode({ sequence, rumours: [...rumours] }).finish());
  }

  probeRequest(sequence: number, target: NodeId, rumours: readonly Uint8Array[]): EncodedFrame {
    const message = { sequence, target: target.bytes, rumours: [...rumours] };
    return this.#frame(FrameKind.swimProbeRequest, SwimProbeRequest.encode(message).finish());
  }

  gossip(rumours: Uint8Array[]): EncodedFrame {
    return this.#frame(FrameKind.swimGossip, SwimGossip.encode({ rumours }).finish());
  }

  #frame(kind: number, header: Uint8Array): EncodedFrame {
    return this.#writer.empty().frame(kind, header);
  }
}

/** What probes and their answers say. */
export type Probing = Readonly<Pick<SwimProbe, 'sequence'>> & {
  readonly rumours: readonly Uint8Array[];
};

/** By datagram, or on the stream where datagrams are not supported or this one is too large. */
export function sendEitherWay(link: Link, frame: EncodedFrame): boolean {
  return link.sendDatagram(frame) || link.send(frame);
}

/** Reads swimProbe, swimAck and swimNack. Throws ProtocolError. */
export function readProbe(frame: FrameView): Probing {
  return readPlainProbe(frame) ?? decodeMessage(SwimProbe, headerOf(frame), 'probe frame');
}

/** Throws ProtocolError. */
export function readProbeRequest(frame: FrameView): {
  readonly sequence: number;
  readonly target: NodeId;
  readonly rumours: Uint8Array[];
} {
  const request = decodeMessage(SwimProbeRequest, headerOf(frame), 'probe request frame');
  return { ...request, target: decodeNodeId(request.target, "a probe's target") };
}

/** Throws ProtocolError. */
export function readGossip(frame: FrameView): Uint8Array[] {
  return decodeMessage(SwimGossip, headerOf(frame), 'gossip frame').rumours;
}
