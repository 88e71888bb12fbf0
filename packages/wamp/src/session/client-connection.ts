import type { Timer } from '@macula/core';
import { WampUri } from '../error-uri.ts';
import { ProtocolViolation, WampError } from '../errors.ts';
import type { WampMessage } from '../message/message.ts';
import type { Ending } from '../router-metrics.ts';
import { ClientSession } from './client-session.ts';
import { type Admission, Handshake } from './handshake.ts';
import { routerRoles } from './router-features.ts';
import type { SessionHost } from './session-host.ts';
import { SessionLife, type SessionState } from './session-machine.ts';
import type { SessionTransport } from './session-transport.ts';

/** One client's way through a session, from its first message to the end of its transport. */
export class ClientConnection {
  readonly #host: SessionHost;
  readonly #transport: SessionTransport;
  readonly #life = new SessionLife();
  readonly #id: number;
  readonly #handshake: Handshake;
  #session: ClientSession | undefined;
  #deadline: Timer | undefined;

  constructor(host: SessionHost, transport: SessionTransport) {
    this.#host = host;
    this.#transport = transport;
    this.#id = host.newId();
    this.#handshake = new Handshake(host.handshake, this.#id);
    this.#deadline = host.clock.setTimer(
      () => this.#abort(WampUri.authenticationFailed, 'the handshake took too long', 'timeout'),
      host.settings.handshakeTimeoutMs,
      { background: true },
    );
  }

  get state(): SessionState {
    return this.#life.state;
  }

  /** One message, as it came. Never throws. */
  receive(data: string | Uint8Array): void {
    if (this.#life.state === 'closed') return;
    this.#host.metrics.received.inc();
    try {
      this.#handle(this.#transport.serializer.decode(data));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The transport has ended. */
  lost(): void {
    this.#end();
  }

  /** The router stops: says GOODBYE, and closes soon whatever the client answers. */
  farewell(reason: string, message?: string): void {
    if (this.#life.step('farewell')) {
      const details = message === undefined ? {} : { message };
      this.#write({ type: 'goodbye', details, reason });
      this.#leave();
      const { clock, settings } = this.#host;
      this.#deadline = clock.setTimer(() => this.#close(reason), settings.goodbyeTimeoutMs);
    } else if (this.#life.state !== 'closing' && this.#life.state !== 'closed') {
      this.#write({ type: 'abort', details: {}, reason });
      this.#close(reason);
    }
  }

  #handle(message: WampMessage): void {
    const { state } = this.#life;
    if (state === 'established' && message.type !== 'goodbye' && message.type !== 'abort') {
      this.#host.dispatch(this.#session as ClientSession, message);
      return;
    }
    switch (message.type) {
      case 'abort':
        this.#close(message.reason);
        return;
      case 'goodbye':
        this.#goodbye(state);
        return;
      case 'hello':
        this.#expect('hello', message.type);
        this.#admit(this.#handshake.hello(message));
        return;
      case 'authenticate':
        this.#expect('authenticate', message.type);
        this.#admit(this.#handshake.authenticate(message));
        return;
      default:
        // What was on its way when the router said GOODBYE is nobody's fault.
        if (state !== 'closing') throw outOfPlace(message.type, state);
    }
  }

  #expect(step: 'hello' | 'authenticate', type: string): void {
    const { state } = this.#life;
    if (!this.#life.step(step)) throw outOfPlace(type, state);
  }

  #goodbye(state: SessionState): void {
    if (!this.#life.step('goodbye')) throw outOfPlace('goodbye', state);
    if (state === 'established') {
      this.#write({ type: 'goodbye', details: {}, reason: WampUri.goodbyeAndOut });
    }
    this.#close(WampUri.goodbyeAndOut);
  }

  #admit(decision: Promise<Admission | WampMessage<'challenge'>>): void {
    decision
      .then((answer) => {
        if (this.#life.state === 'closed') return;
        if ('type' in answer) {
          this.#life.step('challenge');
          this.#write(answer);
        } else this.#welcome(answer);
      })
      .catch((error: unknown) => this.#failed(error));
  }

  #welcome(admission: Admission): void {
    const { host, transport } = { host: this.#host, transport: this.#transport };
    const { grant, realm, authmethod } = admission;
    const session = new ClientSession({
      ...admission,
      id: this.#id,
      transport,
      logger: host.logger,
      maxQueuedBytes: host.settings.maxQueuedBytes,
      onSlow: () => this.#slow(),
      onKill: (reason, message) => {
        host.metrics.ended.killed.inc();
        this.farewell(reason, message);
      },
    });
    host.join(session);
    this.#deadline?.cancel();
    this.#session = session;
    this.#life.step('welcome');
    const { authid, authrole, authprovider, extra } = grant;
    session.send({
      type: 'welcome',
      session: session.id,
      details: {
        realm,
        authid,
        authrole,
        authmethod,
        ...(authprovider !== undefined && { authprovider }),
        ...(extra !== undefined && { authextra: extra }),
        agent: 'macula',
        roles: routerRoles,
      },
    });
  }

  #failed(error: unknown): void {
    if (this.#life.state === 'closed') return;
    if (error instanceof ProtocolViolation) {
      this.#abort(error.uri, error.message, 'violation');
    } else if (error instanceof WampError) {
      this.#abort(error.uri, String(error.args[0] ?? ''), 'refused');
    } else {
      this.#host.logger.error({ error, session: this.#id }, 'a message could not be handled');
      // Before WELCOME it is a way to authenticate that failed.
      const uri = this.#session === undefined ? 'authenticationFailed' : 'runtimeError';
      this.#abort(WampUri[uri], 'the router could not handle a message', 'refused');
    }
  }

  #abort(reason: string, message: string, ending: Ending): void {
    this.#host.metrics.ended[ending].inc();
    this.#host.logger.info({ session: this.#id, reason, message }, 'a session was aborted');
    this.#write({ type: 'abort', details: { message }, reason });
    this.#close(reason);
  }

  /** What the client has not read is let go with it. */
  #slow(): void {
    if (this.#life.state === 'closed') return;
    this.#host.metrics.ended.slow.inc();
    this.#host.logger.warn(
      { session: this.#id, queuedBytes: this.#transport.queuedBytes },
      'a client reads too slowly and is disconnected',
    );
    this.#close(WampUri.slowConsumer);
  }

  #write(message: WampMessage): void {
    this.#transport.write(this.#transport.serializer.encode(message));
  }

  #close(reason: string): void {
    this.#end();
    this.#transport.close(reason);
  }

  #end(): void {
    this.#deadline?.cancel();
    this.#life.step('end');
    this.#leave();
  }

  #leave(): void {
    const session = this.#session;
    if (session?.open !== true) return;
    session.open = false;
    this.#host.leave(session);
  }
}

function outOfPlace(type: string, state: SessionState): ProtocolViolation {
  return new ProtocolViolation(`${type} is out of place while the session is ${state}`);
}
