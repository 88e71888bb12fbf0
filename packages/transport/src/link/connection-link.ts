import {
  type Address,
  type EncodedFrame,
  type FrameView,
  LinkCloseCode,
  LinkClosedError,
  type LinkCloseReason,
  type LinkState,
  type LinkStream,
  type NodeId,
  ProtocolError,
  type RequestOptions,
  type TrafficClass,
  trafficClassOf,
  type Unsubscribe,
} from '@macula/core';
import { FrameKind, FrameTooLargeError, Goodbye, Ping, readFrame } from '@macula/wire';
import type { Connection } from '../connection.ts';
import { greetingCloseCode } from '../greeting/close-code.ts';
import type { GreetingMessage, GreetingResult } from '../greeting/greeting-step.ts';
import type { TurnTask } from '../turn.ts';
import { EarlyData } from './early-data.ts';
import type { FrameOutbox } from './frame-outbox.ts';
import { IncomingStream } from './incoming-stream.ts';
import type { LinkContext } from './link-context.ts';
import { LinkGreeter } from './link-greeter.ts';
import { LinkLifecycle } from './link-lifecycle.ts';
import type { LinkEvent } from './link-machine.ts';
import { LinkPulse } from './link-pulse.ts';
import { LinkRequests } from './link-requests.ts';
import type { CreateLink, LinkDependencies, LinkHandlers, ManagedLink } from './managed-link.ts';
import { OwnStreams } from './own-streams.ts';
import { maxReasonLength, SessionFrames } from './session-frames.ts';
import { SharedStreams } from './shared-streams.ts';
import { StreamRouter } from './stream-router.ts';

/** Makes links that share one context. */
export function linkFactory(context: LinkContext): CreateLink {
  return (dependencies) => new ConnectionLink(context, dependencies);
}

/** More than this waits for no end of a turn. */
const flushAtBytes = 65_536;

/** A link on a connection: three shared streams, requests, streams of its own, datagrams. */
class ConnectionLink implements ManagedLink, TurnTask {
  readonly peer: NodeId;
  readonly initiator: boolean;
  readonly protocol: Connection['protocol'];
  bytesReceived = 0;
  bytesSent = 0;
  lastReceivedAt: number;
  features: ReadonlySet<string> = new Set<string>();
  private readonly context: LinkContext;
  private readonly connection: Connection;
  private readonly handlers: LinkHandlers;
  private readonly life: LinkLifecycle;
  private readonly shared: SharedStreams;
  private readonly own: OwnStreams;
  private readonly early: EarlyData;
  private readonly requests: LinkRequests;
  private readonly greeter: LinkGreeter;
  private readonly pulse: LinkPulse;
  private readonly session: SessionFrames;
  private readonly dirty = new Set<FrameOutbox>();
  private due = false;
  private flushing = false;
  private used = false;
  private usedAt: number;

  constructor(context: LinkContext, dependencies: LinkDependencies) {
    const { connection, handlers } = dependencies;
    this.context = context;
    this.connection = connection;
    this.peer = dependencies.peer;
    this.handlers = handlers;
    this.initiator = connection.initiator;
    this.protocol = connection.protocol;
    this.lastReceivedAt = context.clock.now();
    this.usedAt = this.lastReceivedAt;
    this.life = new LinkLifecycle(context.clock);
    this.pulse = new LinkPulse(context.clock);
    const { queued, violated: broken, received } = this;
    const streams = { link: this, queued, broken, received };
    this.shared = new SharedStreams(context, {
      ...streams,
      frame: (trafficClass, frame) => {
        this.frame(trafficClass, frame);
      },
      lost: (trafficClass) => {
        this.violated(new ProtocolError(`the peer reset its ${trafficClass} stream`));
      },
      allEnded: () => {
        this.peerFinished();
      },
    });
    this.own = new OwnStreams(context, connection, streams);
    this.early = new EarlyData(context, connection, streams.queued);
    this.requests = new LinkRequests(context, {
      sendControl: (frame, idempotent) => this.send(frame, idempotent),
      answer: (kind, body) => {
        this.used = true;
        return handlers.request(this, kind, body);
      },
    });
    this.greeter = new LinkGreeter(dependencies.greeting, {
      greet: (messages) => {
        for (const { kind, header } of messages) this.sendSession(kind, header);
      },
      greeted: (result, messages) => {
        this.greeted(result, messages);
      },
      greetingFailed: (error) => {
        this.fail(error, greetingCloseCode(error));
      },
    });
    this.session = new SessionFrames(this.greeter, this.pulse, this.requests, {
      state: () => this.state,
      send: (kind, header) => {
        this.sendSession(kind, header);
      },
      goodbye: (reason) => {
        this.life.sayGoodbye(reason);
      },
    });
    this.begin(streams);
  }

  get state(): LinkState {
    return this.life.state;
  }

  get ready(): Promise<GreetingResult> {
    return this.life.ready;
  }

  get remoteAddress(): Address {
    return this.connection.remoteAddress;
  }

  get rtt(): number {
    const { rtt } = this.pulse;
    return Number.isNaN(rtt) ? this.connection.rtt : rtt;
  }

  get lastUsedAt(): number {
    if (this.used) {
      this.used = false;
      this.usedAt = this.context.clock.now();
    }
    return this.usedAt;
  }

  get outstanding(): number {
    return this.requests.size + this.own.size;
  }

  send(frame: EncodedFrame, idempotent = false): boolean {
    const outbox = this.shared.outboxFor(frame.kind);
    if (!this.life.isOpen) {
      // Who may not send yet is told through `onDrain` when the link opens.
      return (idempotent && this.state === 'early' && this.early.send(frame)) || outbox.refuse();
    }
    if (!outbox.send(frame)) return false;
    this.used = true;
    this.bytesSent += frame.end - frame.start;
    this.leave(outbox);
    return true;
  }

  onDrain(trafficClass: TrafficClass, listener: () => void): Unsubscribe {
    return this.shared.outbox(trafficClass).onDrain(listener);
  }

  queuedBytes(trafficClass: TrafficClass): number {
    return this.shared.outbox(trafficClass).queuedBytes;
  }

  async request(kind: number, body: Uint8Array, options: RequestOptions = {}): Promise<Uint8Array> {
    if (this.state === 'early' && options.idempotent !== true) await this.ready;
    if (this.life.reason !== undefined) {
      throw new LinkClosedError(`the link is closed: ${this.life.reason.message}`);
    }
    return this.requests.request(kind, body, options);
  }

  openStream(kind: number, header: Uint8Array): LinkStream {
    if (!this.life.isOpen)
      throw new LinkClosedError(`the link is ${this.state}: streams need an open one`);
    this.used = true;
    return this.own.open(kind, header);
  }

  sendDatagram(frame: EncodedFrame): boolean {
    const length = frame.end - frame.start;
    if (!this.life.isOpen || length > this.connection.maxDatagramSize) return false;
    if (!this.connection.sendDatagram(frame.bytes.subarray(frame.start, frame.end))) return false;
    this.used = true;
    this.bytesSent += length;
    this.flushSoon();
    return true;
  }

  ping(): void {
    if (!this.life.isOpen) return;
    const nonce = this.pulse.begin();
    if (nonce !== undefined) this.sendSession(FrameKind.ping, Ping.encode({ nonce }).finish());
  }

  abort(code: LinkCloseCode, message: string): void {
    this.end('refused', { code, message: message.slice(0, maxReasonLength), remote: false });
  }

  close(code: LinkCloseCode = LinkCloseCode.none, message = 'closed'): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.onClose(() => {
        resolve();
      });
    });
    if (this.state === 'early') this.abort(code, message);
    if (!this.life.isOpen) return closed;
    const reason: LinkCloseReason = { code, message, remote: false };
    this.life.sayGoodbye(reason);
    this.sendSession(FrameKind.goodbye, Goodbye.encode({ code, message }).finish());
    this.life.close(this.context.limits.closeTimeoutMs, () => {
      this.end('expired', reason);
    });
    this.requests.stop(`the link is closing: ${message}`);
    this.own.lose(`the link is closing: ${message}`);
    this.shared.end();
    this.flushSoon();
    return closed;
  }

  onClose(listener: (reason: LinkCloseReason) => void): Unsubscribe {
    return this.life.onClose(listener);
  }

  flush(urgent = false): void {
    this.due = false;
    if (this.flushing || this.life.reason !== undefined) return;
    this.flushing = true;
    this.shared.flush();
    if (this.dirty.size > 0) {
      const dirty = [...this.dirty];
      this.dirty.clear();
      for (const outbox of dirty) outbox.flush();
    }
    this.connection.flush(urgent);
    this.flushing = false;
  }

  private begin(streams: { broken(error: unknown): void; received(bytes: number): void }): void {
    const { connection } = this;
    connection.onClose((end) => {
      const reason = this.life.endOfConnection(end);
      this.end(this.state === 'closing' ? 'drained' : 'broken', reason);
    });
    if (this.life.reason !== undefined) return;
    const router = new StreamRouter(
      {
        initiator: this.initiator,
        shared: this.shared,
        own: this.own,
        early: this.early,
        logger: this.context.logger,
      },
      {
        isOpen: () => this.life.isOpen,
        early: (frame) => {
          this.frame(trafficClassOf(frame.kind), frame);
        },
        take: (stream) => {
          this.used = true;
          this.handlers.stream(this, stream);
        },
      },
    );
    const owner = { ...streams, identified: router.route };
    connection.onStream((stream) => {
      new IncomingStream(stream, this.context.limits.maxFrameBytes, owner);
    });
    connection.onDatagram((bytes, start, end) => {
      this.datagram(bytes, start, end);
    });
    if (this.initiator && !this.shared.open(connection)) {
      this.abort(LinkCloseCode.protocolViolation, 'the peer allows no streams');
      return;
    }
    this.greeter.begin();
    this.flushSoon();
  }

  /** Session frames may pass before the greeting is over, unlike all others. */
  private sendSession(kind: number, header: Uint8Array): void {
    this.shared.control.send(this.context.writer.empty().frame(kind, header));
    this.flushSoon();
  }

  private readonly queued = (outbox: FrameOutbox): void => {
    this.used = true;
    this.dirty.add(outbox);
    this.leave(outbox);
  };

  /** What has piled up leaves now, anything less at the end of the turn. */
  private leave(outbox: FrameOutbox): void {
    if (outbox.queuedBytes >= flushAtBytes && !outbox.isBlocked && !this.flushing) this.flush(true);
    else this.flushSoon();
  }

  private flushSoon(): void {
    if (this.due || this.life.reason !== undefined) return;
    this.due = true;
    this.context.turn.addLink(this);
  }

  private readonly received = (bytes: number): void => {
    this.bytesReceived += bytes;
    this.lastReceivedAt = this.context.clock.now();
  };

  private frame(trafficClass: TrafficClass, frame: FrameView): void {
    if (trafficClass === 'control' && SessionFrames.has(frame.kind)) {
      this.session.receive(frame);
      return;
    }
    if (this.state === 'early') throw new ProtocolError('a frame came before the greeting');
    this.used = true;
    this.handlers.frame(this, frame);
  }

  private datagram(bytes: Uint8Array, start: number, end: number): void {
    this.received(end - start);
    if (!this.life.isOpen) return;
    try {
      this.used = true;
      this.handlers.frame(this, readFrame(bytes, start, end));
    } catch (error) {
      this.violated(error);
    }
  }

  private greeted(result: GreetingResult, messages: readonly GreetingMessage[]): void {
    const refusal = this.handlers.admit(this, result);
    if (refusal !== undefined) {
      this.abort(refusal.code, refusal.message);
      return;
    }
    this.features = result.features;
    for (const { kind, header } of messages) this.sendSession(kind, header);
    this.life.open();
    this.handlers.opened(this, result);
    this.life.resolve(result);
    this.early.release();
    this.flushSoon();
    this.shared.releaseWhenConfirmed(this.connection);
  }

  /** The peer has said everything; if it said goodbye, that is the end. */
  private peerFinished(): void {
    const { goodbye } = this.life;
    if (goodbye === undefined)
      this.violated(new ProtocolError('the peer ended its streams without a goodbye'));
    else this.end('peerSaidGoodbye', goodbye);
  }

  private readonly violated = (error: unknown): void => {
    this.context.logger.warn(
      { error, peer: this.peer.key },
      'a peer broke the protocol; its link is closed',
    );
    const tooLarge = error instanceof FrameTooLargeError;
    this.fail(error, tooLarge ? LinkCloseCode.frameTooLarge : LinkCloseCode.protocolViolation);
  };

  private fail(error: unknown, code: LinkCloseCode): void {
    this.life.failure ??= error;
    this.abort(code, error instanceof Error ? error.message : String(error));
  }

  private end(event: LinkEvent['type'], reason: LinkCloseReason): void {
    this.life.end(event, reason, () => {
      const message = `the link is closed: ${reason.message}`;
      this.greeter.stop();
      this.requests.stop(message);
      this.own.lose(message);
      this.shared.stop();
      this.early.stop();
      this.dirty.clear();
      this.connection.close(reason.code, reason.message);
    });
  }
}
