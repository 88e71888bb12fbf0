import { type FrameView, ProtocolError, type TrafficClass, trafficClasses } from '@macula/core';
import { FrameKind, type FrameWriter, StreamOpen, StreamOpen_Use } from '@macula/wire';
import type { ByteStream, Connection } from '../connection.ts';
import { FrameInlet } from './frame-inlet.ts';
import { FrameOutbox } from './frame-outbox.ts';
import type { IncomingStream, StreamRoute } from './incoming-stream.ts';
import type { LinkContext } from './link-context.ts';

export interface SharedStreamsOwner {
  frame(trafficClass: TrafficClass, frame: FrameView): void;
  broken(error: unknown): void;
  received(bytes: number): void;
  /** Frames wait in an outbox. */
  queued(outbox: FrameOutbox): void;
  /** A shared stream ended while the link lives on. */
  lost(trafficClass: TrafficClass): void;
  /** The peer has ended every shared stream. */
  allEnded(): void;
}

const useOf = {
  control: StreamOpen_Use.CONTROL,
  events: StreamOpen_Use.EVENTS,
  calls: StreamOpen_Use.CALLS,
} as const;

/** The three long-lived streams of a link, one for each traffic class. The dialling side opens them. */
export class SharedStreams {
  readonly control: FrameOutbox;
  readonly events: FrameOutbox;
  readonly calls: FrameOutbox;
  private readonly inlets = new Map<TrafficClass, FrameInlet>();
  private readonly context: LinkContext;
  private readonly owner: SharedStreamsOwner;
  private holding: ReadonlySet<TrafficClass> = new Set<TrafficClass>(['events', 'calls']);
  private endedStreams = 0;
  private stopped = false;

  constructor(context: LinkContext, owner: SharedStreamsOwner) {
    this.context = context;
    this.owner = owner;
    this.control = new FrameOutbox(context.chunks, context.limits.queueBytes);
    this.events = new FrameOutbox(context.chunks, context.limits.queueBytes);
    this.calls = new FrameOutbox(context.chunks, context.limits.queueBytes);
  }

  outbox(trafficClass: TrafficClass): FrameOutbox {
    return this[trafficClass];
  }

  /** As `outbox(trafficClassOf(kind))`, without the detour over names: it is asked for every frame. */
  outboxFor(kind: number): FrameOutbox {
    const group = kind >>> 4;
    return group === 1 ? this.events : group === 2 ? this.calls : this.control;
  }

  /** Opens the streams; the dialling side does, once. */
  open(connection: Connection): boolean {
    for (const trafficClass of trafficClasses) {
      const stream = connection.openStream();
      if (stream === undefined) return false;
      const outbox = this.attach(trafficClass, stream);
      outbox.send(
        streamOpening(this.context.writer, {
          use: useOf[trafficClass],
          kind: 0,
          header: new Uint8Array(),
        }),
      );
      const inlet = new FrameInlet(stream, this.context.limits.maxFrameBytes, {
        ...this.route(trafficClass),
        broken: (error) => {
          this.owner.broken(error);
        },
        received: (bytes) => {
          this.owner.received(bytes);
        },
      });
      this.add(trafficClass, inlet);
    }
    return true;
  }

  /** Takes a shared stream that the dialling side has opened. Throws ProtocolError when there is one already. */
  adopt(trafficClass: TrafficClass, incoming: IncomingStream): StreamRoute {
    if (this.inlets.has(trafficClass))
      throw new ProtocolError(`the peer opened a second ${trafficClass} stream`);
    this.attach(trafficClass, incoming.stream);
    this.add(trafficClass, incoming.inlet);
    return this.route(trafficClass);
  }

  /** Holds back what arrives on these classes, and delivers on all others. */
  holdOnly(classes: readonly TrafficClass[]): void {
    this.holding = new Set(classes);
    for (const [trafficClass, inlet] of this.inlets) {
      if (this.holding.has(trafficClass)) inlet.hold();
      else inlet.release();
    }
  }

  /** Delivers everything, once it cannot be a replay any more; until then only the early stream may. */
  releaseWhenConfirmed(connection: Connection): void {
    if (!connection.confirmed) this.holdOnly(trafficClasses);
    connection.onConfirmed(() => {
      if (!this.stopped) this.holdOnly([]);
    });
  }

  flush(): void {
    this.control.flush();
    this.events.flush();
    this.calls.flush();
  }

  /** Ends all three behind what is queued. */
  end(): void {
    for (const trafficClass of trafficClasses) this[trafficClass].end();
  }

  stop(): void {
    this.stopped = true;
    for (const trafficClass of trafficClasses) {
      this[trafficClass].discard();
      this.inlets.get(trafficClass)?.stop();
    }
  }

  private attach(trafficClass: TrafficClass, stream: ByteStream): FrameOutbox {
    const outbox = this[trafficClass];
    outbox.attach(stream, () => {
      this.owner.queued(outbox);
    });
    return outbox;
  }

  private add(trafficClass: TrafficClass, inlet: FrameInlet): void {
    this.inlets.set(trafficClass, inlet);
    if (this.holding.has(trafficClass)) inlet.hold();
  }

  private route(trafficClass: TrafficClass): StreamRoute {
    return {
      frame: (frame) => {
        this.owner.frame(trafficClass, frame);
      },
      ended: () => {
        this.endedStreams++;
        if (this.endedStreams === trafficClasses.length) this.owner.allEnded();
      },
      wasReset: (code) => {
        // Without a code the connection is gone, and says so itself.
        if (code !== undefined) this.owner.lost(trafficClass);
      },
    };
  }
}

/** The frame that opens a stream. */
export function streamOpening(writer: FrameWriter, open: StreamOpen): FrameWriter {
  return writer.empty().frame(FrameKind.streamOpen, StreamOpen.encode(open).finish());
}
