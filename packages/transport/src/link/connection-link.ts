import {
  type Address,
  type EncodedFrame,
  type FrameView,
  LinkClosedError,
  LinkCloseCode,
  type LinkCloseReason,
  type LinkState,
  type LinkStream,
  type NodeId,
  ProtocolError,
  type RequestOptions,
  type Timer,
  type TrafficClass,
  trafficClassOf,
  type Unsubscribe,
} from '@macula/core';
import {
  FrameKind,
  FrameTooLargeError,
  Goodbye,
  headerOf,
  Ping,
  readFrame,
  type StreamOpen,
  StreamOpen_Use,
} from '@macula/wire';
import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import type { Connection, ConnectionEnd } from '../connection.ts';
import type { GreetingMessage, GreetingResult } from '../greeting/greeting-step.ts';
import type { TurnTask } from '../turn.ts';
import { errorOfClose, greetingCloseCode } from '../greeting/close-code.ts';
import { FrameOutbox } from './frame-outbox.ts';
import { IncomingStream, type StreamRoute } from './incoming-stream.ts';
import type { LinkContext } from './link-context.ts';
import { LinkGreeter } from './link-greeter.ts';
import { type LinkEvent, linkMachine } from './link-machine.ts';
import { LinkPulse } from './link-pulse.ts';
import { LinkRequests } from './link-requests.ts';
import { Listeners } from './listeners.ts';
import type { CreateLink, LinkDependencies, LinkHandlers, ManagedLink } from './managed-link.ts';
import { OwnStreams } from './own-streams.ts';
import { SharedStreams, streamOpening } from './shared-streams.ts';

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
  readonly ready: Promise<GreetingResult>;
  bytesReceived = 0;
  bytesSent = 0;
  lastReceivedAt: number;
  features: ReadonlySet<string> = new Set<string>();
  private readonly context: LinkContext;
  private readonly connection: Connection;
  private readonly handlers: LinkHandlers;
  private readonly shared: SharedStreams;
  private readonly own: OwnStreams;
  private readonly requests: LinkRequests;
  private readonly greeter: LinkGreeter;
  private readonly pulse: LinkPulse;
  private readonly closeListeners = new Listeners<LinkCloseReason>();
  private readonly dirty = new Set<FrameOutbox>();
  private chart: SnapshotFrom<typeof linkMachine> = initialTransition(linkMachine)[0];
  private isOpen = false;
  private due = false;
  private flushing = false;
  private used = false;
  private usedAt: number;
  private early: FrameOutbox | undefined;
  private closeTimer: Timer | undefined;
  private reason: LinkCloseReason | undefined;
  private failure: unknown;
  private goodbye: LinkCloseReason | undefined;
  private resolveReady: (result: GreetingResult) => void = () => undefined;
  private rejectReady: (error: unknown) => void = () => undefined;

  constructor(context: LinkContext, dependencies: LinkDependencies) {
    const { connection, peer, greeting, handlers } = dependencies;
    this.context = context;
    this.connection = connection;
    this.peer = peer;
    this.handlers = handlers;
    this.initiator = connection.initiator;
    this.protocol = connection.protocol;
    this.lastReceivedAt = context.clock.now();
    this.usedAt = this.lastReceivedAt;
    this.pulse = new LinkPulse(context.clock);
    this.ready = new Promise((resolve, reject) => {
      this.resolveReady = resolve;
      this.rejectReady = reject;
    });
    this.ready.catch(() => undefined);
    const reading = {
      broken: (error: unknown) => {
        this.violated(error);
      },
      received: (bytes: number) => {
        this.receivedBytes(bytes);
      },
    };
    const sending = {
      queued: (outbox: FrameOutbox) => {
        this.queued(outbox);
      },
    };
    this.shared = new SharedStreams(context, {
      ...reading,
      ...sending,
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
    this.own = new OwnStreams(context, connection, { ...reading, ...sending, link: this });
    this.requests = new LinkRequests(context, {
      sendControl: (frame, idempotent) => this.send(frame, idempotent),
      answer: (kind, body) => {
        this.used = true;
        return handlers.request(this, kind, body);
      },
    });
    this.greeter = new LinkGreeter(greeting, {
      greet: (messages) => {
        this.sendGreeting(messages);
      },
      greeted: (result, messages) => {
        this.greeted(result, messages);
      },
      greetingFailed: (error) => {
        this.greetingFailed(error);
      },
    });
    this.begin(reading);
  }

  get state(): LinkState {
    const value = this.chart.value;
    return value === 'greeting' ? 'early' : value;
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
    if (!this.isOpen) return this.sendBeforeOpen(frame, idempotent);
    const outbox = this.outboxOf(frame.kind);
    if (!outbox.send(frame)) return false;
    this.used = true;
    this.bytesSent += frame.end - frame.start;
    if (outbox.queuedBytes >= flushAtBytes && !outbox.isBlocked && !this.flushing) this.flush();
    else this.flushSoon();
    return true;
  }

  onDrain(trafficClass: TrafficClass, listener: () => void): Unsubscribe {
    return this.shared.outbox(trafficClass).onDrain(listener);
  }

  queuedBytes(trafficClass: TrafficClass): number {
    return this.shared.outbox(trafficClass).queuedBytes;
  }

  async request(kind: number, body: Uint8Array, options: RequestOptions = {}): Promise<Uint8Array> {
    if (!this.isOpen && options.idempotent !== true) await this.ready;
    if (this.reason !== undefined)
      throw new LinkClosedError(`the link is closed: ${this.reason.message}`);
    return this.requests.request(kind, body, options);
  }

  openStream(kind: number, header: Uint8Array): LinkStream {
    if (!this.isOpen)
      throw new LinkClosedError(`the link is ${this.state}: streams need an open one`);
    this.used = true;
    return this.own.open(kind, header);
  }

  sendDatagram(frame: EncodedFrame): boolean {
    if (!this.isOpen) return false;
    const length = frame.end - frame.start;
    if (length > this.connection.maxDatagramSize) return false;
    if (!this.connection.sendDatagram(frame.bytes.subarray(frame.start, frame.end))) return false;
    this.used = true;
    this.bytesSent += length;
    this.flushSoon();
    return true;
  }

  ping(): void {
    if (!this.isOpen) return;
    const nonce = this.pulse.begin();
    if (nonce === undefined) return;
    this.sendControl(FrameKind.ping, Ping.encode({ nonce }).finish());
  }

  abort(code: LinkCloseCode, message: string): void {
    this.finish({ type: 'refused' }, { code, message, remote: false });
  }

  close(code: LinkCloseCode = LinkCloseCode.none, message = 'closed'): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.onClose(() => {
        resolve();
      });
    });
    if (!this.isOpen) {
      if (this.state === 'early') this.abort(code, message);
      return closed;
    }
    this.goodbye = { code, message, remote: false };
    this.sendControl(FrameKind.goodbye, Goodbye.encode({ code, message }).finish());
    this.advance({ type: 'close' });
    this.requests.stop(`the link is closing: ${message}`);
    this.own.lose(`the link is closing: ${message}`);
    this.shared.end();
    this.flushSoon();
    this.closeTimer = this.context.clock.setTimer(() => {
      this.finish({ type: 'expired' }, { code, message, remote: false });
    }, this.context.limits.closeTimeoutMs);
    return closed;
  }

  onClose(listener: (reason: LinkCloseReason) => void): Unsubscribe {
    if (this.reason !== undefined) {
      listener(this.reason);
      return () => undefined;
    }
    return this.closeListeners.add(listener);
  }

  flush(): void {
    this.due = false;
    if (this.flushing || this.reason !== undefined) return;
    this.flushing = true;
    this.early?.flush();
    this.shared.flush();
    if (this.dirty.size > 0) {
      const dirty = [...this.dirty];
      this.dirty.clear();
      for (const outbox of dirty) outbox.flush();
    }
    this.connection.flush();
    this.flushing = false;
  }

  private begin(reading: { broken(error: unknown): void; received(bytes: number): void }): void {
    const { connection } = this;
    connection.onClose((end) => {
      this.connectionEnded(end);
    });
    if (this.reason !== undefined) return;
    const owner = {
      ...reading,
      identified: (stream: IncomingStream, open: StreamOpen) => this.identified(stream, open),
    };
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

  private outboxOf(kind: number): FrameOutbox {
    const group = kind >>> 4;
    return group === 1 ? this.shared.events : group === 2 ? this.shared.calls : this.shared.control;
  }

  /** 0-RTT: idempotent frames travel on a stream that the acceptor reads before the handshake is confirmed. */
  private sendBeforeOpen(frame: EncodedFrame, idempotent: boolean): boolean {
    const mayLeave =
      idempotent && this.initiator && this.state === 'early' && !this.connection.confirmed;
    const outbox = mayLeave ? this.earlyOutbox() : undefined;
    if (outbox?.send(frame) !== true)
      return this.shared.outbox(trafficClassOf(frame.kind)).refuse();
    this.used = true;
    this.bytesSent += frame.end - frame.start;
    this.flushSoon();
    return true;
  }

  private earlyOutbox(): FrameOutbox | undefined {
    if (this.early !== undefined) return this.early;
    const stream = this.connection.openStream();
    if (stream === undefined) return undefined;
    const outbox = new FrameOutbox(this.context.chunks, this.context.limits.queueBytes);
    outbox.attach(stream, () => {
      this.queued(outbox);
    });
    outbox.send(
      streamOpening(this.context.writer, {
        use: StreamOpen_Use.EARLY,
        kind: 0,
        header: new Uint8Array(),
      }),
    );
    this.early = outbox;
    return outbox;
  }

  private sendControl(kind: number, header: Uint8Array): void {
    this.shared.control.send(this.context.writer.empty().frame(kind, header));
    this.flushSoon();
  }

  private sendGreeting(messages: readonly GreetingMessage[]): void {
    for (const { kind, header } of messages) this.sendControl(kind, header);
  }

  private queued(outbox: FrameOutbox): void {
    this.used = true;
    this.dirty.add(outbox);
    if (outbox.queuedBytes >= flushAtBytes && !outbox.isBlocked && !this.flushing) this.flush();
    else this.flushSoon();
  }

  private flushSoon(): void {
    if (this.due || this.reason !== undefined) return;
    this.due = true;
    this.context.turn.addLink(this);
  }

  private identified(incoming: IncomingStream, open: StreamOpen): StreamRoute {
    switch (open.use) {
      case StreamOpen_Use.CONTROL:
      case StreamOpen_Use.EVENTS:
      case StreamOpen_Use.CALLS:
        if (this.initiator) throw new ProtocolError('only the dialling side opens shared streams');
        return this.shared.adopt(classOf(open.use), incoming);
      case StreamOpen_Use.EARLY:
        return this.earlyRoute(incoming);
      case StreamOpen_Use.OWN:
        return this.ownRoute(incoming, open);
      default:
        throw new ProtocolError(`a stream announces the unknown use ${String(open.use)}`);
    }
  }

  private earlyRoute(incoming: IncomingStream): StreamRoute {
    if (this.initiator)
      throw new ProtocolError('only the dialling side sends ahead of the handshake');
    if (!this.isOpen) this.holdUntilOpen(incoming);
    return {
      frame: (frame) => {
        this.frame(trafficClassOf(frame.kind), frame);
      },
      ended: () => undefined,
      wasReset: () => undefined,
    };
  }

  private readonly heldUntilOpen: IncomingStream[] = [];

  private holdUntilOpen(incoming: IncomingStream): void {
    if (this.heldUntilOpen.length >= maxHeldStreams)
      throw new ProtocolError('too many streams before the greeting');
    incoming.inlet.hold();
    this.heldUntilOpen.push(incoming);
  }

  private ownRoute(incoming: IncomingStream, open: StreamOpen): StreamRoute {
    if (!this.isOpen) throw new ProtocolError('a stream of its own came before the greeting');
    this.used = true;
    const own = this.own.adopt(incoming, open.kind, open.header);
    try {
      this.handlers.stream(this, own);
    } catch (error) {
      this.context.logger.warn(
        { error, kind: open.kind, peer: this.peer.key },
        'no handler took a stream',
      );
      own.reset(LinkCloseCode.internal);
    }
    return own;
  }

  private frame(trafficClass: TrafficClass, frame: FrameView): void {
    if (trafficClass === 'control' && frame.kind <= FrameKind.goodbye) {
      this.sessionFrame(frame);
      return;
    }
    if (!this.isOpen && this.state !== 'closing')
      throw new ProtocolError('a frame came before the greeting');
    this.used = true;
    this.handlers.frame(this, frame);
  }

  private sessionFrame(frame: FrameView): void {
    switch (frame.kind) {
      case FrameKind.hello:
      case FrameKind.proof:
        this.greeter.receive(frame.kind, headerOf(frame).slice());
        return;
      case FrameKind.ping:
        this.sendControl(FrameKind.pong, headerOf(frame));
        return;
      case FrameKind.pong:
        this.pulse.answer(Ping.decode(headerOf(frame)).nonce);
        return;
      case FrameKind.goodbye: {
        const { code, message } = Goodbye.decode(headerOf(frame));
        this.goodbye ??= { code, message: message.slice(0, maxReasonLength), remote: true };
        return;
      }
      case FrameKind.request:
        this.requireGreeting();
        this.requests.receiveRequest(frame);
        return;
      case FrameKind.response:
        this.requireGreeting();
        this.requests.receiveResponse(frame);
        return;
      default:
        throw new ProtocolError(
          `a frame of kind 0x${frame.kind.toString(16)} does not belong on a shared stream`,
        );
    }
  }

  private requireGreeting(): void {
    if (this.state === 'early') throw new ProtocolError('a frame came before the greeting');
  }

  private datagram(bytes: Uint8Array, start: number, end: number): void {
    this.receivedBytes(end - start);
    if (!this.isOpen) return;
    try {
      this.used = true;
      this.handlers.frame(this, readFrame(bytes, start, end));
    } catch (error) {
      this.violated(error);
    }
  }

  private receivedBytes(bytes: number): void {
    this.bytesReceived += bytes;
    this.lastReceivedAt = this.context.clock.now();
  }

  private greeted(result: GreetingResult, messages: readonly GreetingMessage[]): void {
    const refusal = this.handlers.admit(this, result);
    if (refusal !== undefined) {
      this.abort(refusal.code, refusal.message);
      return;
    }
    this.features = result.features;
    this.sendGreeting(messages);
    this.advance({ type: 'greeted' });
    this.isOpen = true;
    this.handlers.opened(this);
    this.resolveReady(result);
    for (const incoming of this.heldUntilOpen.splice(0)) incoming.inlet.release();
    this.flushSoon();
    if (this.connection.confirmed) {
      this.shared.holdOnly([]);
    } else {
      // What might be a replay waits, but for frames that may be repeated.
      this.shared.holdOnly(['control', 'events', 'calls']);
      this.connection.onConfirmed(() => {
        if (this.reason === undefined) this.shared.holdOnly([]);
      });
    }
  }

  private greetingFailed(error: unknown): void {
    this.failure = error;
    this.abort(greetingCloseCode(error), error instanceof Error ? error.message : String(error));
  }

  private violated(error: unknown): void {
    this.failure = error;
    this.context.logger.warn(
      { error, peer: this.peer.key },
      'a peer broke the protocol; its link is closed',
    );
    const message = error instanceof Error ? error.message : String(error);
    this.abort(violationCode(error), message.slice(0, maxReasonLength));
  }

  /** The peer has said everything; if it said goodbye, that is the end. */
  private peerFinished(): void {
    if (this.goodbye === undefined) {
      this.violated(new ProtocolError('the peer ended its streams without a goodbye'));
      return;
    }
    this.finish({ type: 'peerSaidGoodbye' }, this.goodbye);
  }

  private connectionEnded(end: ConnectionEnd): void {
    const reason =
      this.goodbye ??
      ({
        code: end.code ?? LinkCloseCode.silent,
        message: end.message,
        remote: end.remote,
      } satisfies LinkCloseReason);
    this.finish({ type: this.state === 'closing' ? 'drained' : 'broken' }, reason);
  }

  private finish(event: LinkEvent, reason: LinkCloseReason): void {
    if (this.reason !== undefined) return;
    this.reason = reason;
    this.isOpen = false;
    this.advance(event);
    this.closeTimer?.cancel();
    this.greeter.stop();
    const message = `the link is closed: ${reason.message}`;
    this.requests.stop(message);
    this.own.lose(message);
    this.shared.stop();
    this.early?.discard();
    for (const incoming of this.heldUntilOpen.splice(0)) incoming.inlet.stop();
    this.connection.close(reason.code, reason.message);
    this.rejectReady(this.failure ?? errorOfClose(reason));
    this.closeListeners.call(reason);
    this.closeListeners.clear();
  }

  private advance(event: LinkEvent): void {
    this.chart = transition(linkMachine, this.chart, event)[0];
    if (event.type === 'close') this.isOpen = false;
  }
}

const maxReasonLength = 200;
/** Streams that may wait for the end of the greeting: the early one, and room for what comes. */
const maxHeldStreams = 4;

/** The code that tells a peer what it did wrong. */
function violationCode(error: unknown): LinkCloseCode {
  return error instanceof FrameTooLargeError
    ? LinkCloseCode.frameTooLarge
    : LinkCloseCode.protocolViolation;
}

function classOf(use: StreamOpen_Use): TrafficClass {
  return use === StreamOpen_Use.EVENTS
    ? 'events'
    : use === StreamOpen_Use.CALLS
      ? 'calls'
      : 'control';
}
