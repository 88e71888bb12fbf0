import type { Logger } from '@macula/core';
import type { Grant } from '../auth/auth-method.ts';
import { type Dict, emptyDict, isDict } from '../dict.ts';
import type { WampMessage } from '../message/message.ts';
import type { Serializer } from '../serializer/serializer.ts';
import type { SessionTransport } from './session-transport.ts';

export interface ClientSessionParts {
  readonly id: number;
  readonly realm: string;
  readonly grant: Grant;
  readonly authmethod: string;
  /** HELLO.Details. */
  readonly hello: Dict;
  readonly transport: SessionTransport;
  readonly logger: Logger;
  readonly maxQueuedBytes: number;
  /** The client does not read fast enough. */
  readonly onSlow: () => void;
  /** The client is to go; it is told why. */
  readonly onKill: (reason: string, message: string | undefined) => void;
}

/** A client that has joined. */
export class ClientSession {
  readonly id: number;
  readonly realm: string;
  readonly authid: string;
  readonly authrole: string;
  readonly serializer: Serializer;
  readonly #parts: ClientSessionParts;
  #lastRequest = 0;
  #waiting = 0;
  /** False from the moment on that it leaves. */
  open = true;

  constructor(parts: ClientSessionParts) {
    this.#parts = parts;
    this.id = parts.id;
    this.realm = parts.realm;
    this.authid = parts.grant.authid;
    this.authrole = parts.grant.authrole;
    this.serializer = parts.transport.serializer;
  }

  /** What the meta API tells of it. */
  get details(): Dict {
    const { grant, authmethod, transport } = this.#parts;
    return {
      session: this.id,
      authid: this.authid,
      authrole: this.authrole,
      authmethod,
      authprovider: grant.authprovider ?? 'dynamic',
      transport: transport.details,
    };
  }

  /** Whether the client announced a feature of one of its roles. */
  supports(role: string, feature: string): boolean {
    const roles = dictAt(this.#parts.hello, 'roles');
    return dictAt(dictAt(roles, role), 'features')[feature] === true;
  }

  /** Number of the next request that the router makes of this client. */
  nextRequest(): number {
    return ++this.#lastRequest;
  }

  /** Sends a message; false when it has no form in the session's serialization. */
  send(message: WampMessage): boolean {
    if (!this.open) return true;
    let data: string | Uint8Array;
    try {
      data = this.serializer.encode(message);
    } catch (error) {
      this.#parts.logger.warn(
        { error, session: this.id, type: message.type },
        'a message cannot be written for this client',
      );
      return false;
    }
    this.sendEncoded(data);
    return true;
  }

  /** Sends what the session's serializer has written. */
  sendEncoded(data: string | Uint8Array): void {
    if (!this.open) return;
    const { transport, maxQueuedBytes, onSlow } = this.#parts;
    if (transport.queuedBytes + data.length > maxQueuedBytes) onSlow();
    else transport.write(data);
  }

  kill(reason: string, message?: string): void {
    this.#parts.onKill(reason, message);
  }

  /** Reads no more from the client while more than `limit` of its requests wait for the mesh. */
  paceBy(work: Promise<unknown>, limit: number): void {
    if (++this.#waiting === limit) this.#parts.transport.pause();
    const done = (): void => {
      if (this.#waiting-- === limit) this.#parts.transport.resume();
    };
    work.then(done, done);
  }
}

function dictAt(dict: Dict, key: string): Dict {
  const value = dict[key];
  return isDict(value) ? value : emptyDict;
}
