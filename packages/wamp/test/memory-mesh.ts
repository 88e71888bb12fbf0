import {
  AbortedError,
  NodeId,
  Pattern,
  PatternIndex,
  parseUri,
  systemClock,
  TimeoutError,
  type UriMode,
} from '@macula/core';
import { bodyOf, decodeValue, encodeValue, readBody, type ReceivedBody } from '@macula/wire';
import { WampError } from '../src/errors.ts';
import type { InvokePolicy, MeshCall, MeshEvent, MeshOffer, MeshPort } from '../src/mesh-port.ts';

type EventHandler = (event: MeshEvent) => unknown;

interface Reader {
  readonly handler: EventHandler;
  readonly participant: object | undefined;
}
type CallHandler = (args: readonly unknown[], call: MeshCall) => unknown;

interface Offer {
  readonly node: MemoryNode;
  readonly pattern: Pattern;
  readonly invoke: InvokePolicy;
  readonly handler: CallHandler;
}

/** A mesh within the process, with what the router relies on: bodies are encoded, and nobody hears itself unasked. */
export class MemoryMesh {
  readonly nodes: MemoryNode[] = [];
  readonly offers = new Set<Offer>();
  readonly kept = new Map<string, MeshEvent>();
  /** Whether nodes know who offers and who subscribes: without it calls and events go the long way. */
  isKnown = true;
  uriMode: UriMode = 'strict';
  readonly realm: string;

  constructor(realm = 'org.example') {
    this.realm = realm;
  }

  node(): MemoryNode {
    const node = new MemoryNode(this, nodeIdOf(this.nodes.length));
    this.nodes.push(node);
    return node;
  }
}

function sent(value: unknown): ReceivedBody {
  return readBody(decodeValue(encodeValue(bodyOf(value))));
}

export class MemoryNode implements MeshPort {
  readonly realm: string;
  readonly #mesh: MemoryMesh;
  readonly id: NodeId;
  readonly #subscriptions = new PatternIndex<Reader>();
  #turn = 0;
  /** While set, calls to this node get no answer. */
  silent = false;
  /** While set, publications are not taken. */
  blocked: Promise<void> | undefined;
  /** Topics of what was published here. */
  readonly published: string[] = [];

  constructor(mesh: MemoryMesh, id: NodeId) {
    this.#mesh = mesh;
    this.realm = mesh.realm;
    this.id = id;
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  async publish(
    ...[topic, value, options = {}]: Parameters<MeshPort['publish']> | [string, unknown?]
  ): Promise<void> {
    parseUri(topic, this.#mesh.uriMode);
    this.published.push(topic);
    const { args, kwargs } = sent(value);
    const { details, retain, participant } = options;
    const event = { topic, args, kwargs, retained: false, details };
    if (retain === true) this.#mesh.kept.set(topic, { ...event, retained: true });
    for (const reader of this.#readers(topic, participant)) {
      queueMicrotask(() => reader.handler(event));
    }
    await this.blocked;
  }

  /** Whom an event goes to: on other nodes everybody, here all but the publisher. */
  #readers(topic: string, participant: object | undefined): Reader[] {
    return this.#mesh.nodes.flatMap((node) =>
      node.#subscriptions
        .match(topic)
        .filter((reader) => node !== this || reader.participant !== participant),
    );
  }

  readonly pubsub = {
    isHeard: (topic: string, { participant }: { participant?: object }): boolean =>
      !this.#mesh.isKnown || this.#readers(topic, participant).length > 0,
  };

  async subscribe(
    text: string,
    handler: EventHandler,
    options: Parameters<MeshPort['subscribe']>[2] = {},
  ): Promise<{ unsubscribe(): Promise<void> }> {
    const pattern = Pattern.parse(text, { ...options, mode: this.#mesh.uriMode });
    const { participant } = options;
    const remove = this.#subscriptions.add(pattern, { handler, participant });
    if (options.getRetained === true) {
      for (const event of this.#mesh.kept.values()) {
        if (pattern.matches(event.topic)) queueMicrotask(() => handler(event));
      }
    }
    return Promise.resolve({
      unsubscribe: () => {
        remove();
        return Promise.resolve();
      },
    });
  }

  async register(
    text: string,
    handler: CallHandler,
    { invoke = 'single', ...options }: Parameters<MeshPort['register']>[2] = {},
  ): Promise<{ unregister(): Promise<void> }> {
    const pattern = Pattern.parse(text, { ...options, mode: this.#mesh.uriMode });
    for (const other of this.#mesh.offers) {
      if (other.pattern.key !== pattern.key) continue;
      if (invoke === 'single' || other.invoke !== invoke || other.node === this) {
        throw new WampError('wamp.error.procedure_already_exists', ['taken']);
      }
    }
    const offer = { node: this, pattern, invoke, handler };
    this.#mesh.offers.add(offer);
    return Promise.resolve({
      unregister: () => {
        this.#mesh.offers.delete(offer);
        return Promise.resolve();
      },
    });
  }

  async call(
    procedure: string,
    value?: unknown,
    options: Parameters<MeshPort['call']>[2] = {},
  ): Promise<unknown> {
    const { timeout = 30_000, signal, onProgress, details } = options;
    const choice = this.#offersOf(procedure);
    const offer = choice[this.#turn++ % choice.length];
    if (offer === undefined) throw new WampError('wamp.error.no_such_procedure');
    const abort = new AbortController();
    const { args, kwargs } = sent(value);
    return new Promise((resolve, reject) => {
      const end = (error: Error): void => {
        abort.abort(error);
        reject(error);
      };
      const timer = systemClock.setTimer(() => end(new TimeoutError('too late')), timeout);
      const givenUp = { handleEvent: () => end(new AbortedError('given up')) };
      signal?.addEventListener('abort', givenUp);
      Promise.resolve()
        .then(() => (offer.node.silent ? new Promise(() => undefined) : undefined))
        .then(() =>
          offer.handler(args, {
            args,
            kwargs,
            procedure,
            details,
            onAbort: (listener) =>
              abort.signal.addEventListener('abort', () => listener(abort.signal.reason as Error)),
            wantsProgress: onProgress !== undefined,
            progress: (part) => {
              onProgress?.(sent(part).payload);
              return Promise.resolve();
            },
          }),
        )
        .then((result) => resolve(sent(result).payload), reject)
        .finally(() => timer.cancel());
    });
  }

  #offersOf(procedure: string): Offer[] {
    const offers = [...this.#mesh.offers].filter(({ pattern }) => pattern.matches(procedure));
    const exact = offers.filter(({ pattern }) => pattern.match === 'exact');
    return exact.length > 0 ? exact : offers;
  }

  readonly rpc = {
    offersOf: (procedure: string): MeshOffer[] | undefined =>
      this.#mesh.isKnown
        ? this.#offersOf(procedure).map(({ node, pattern }) => ({ node: node.id, pattern }))
        : undefined,
  };
}

function nodeIdOf(index: number): NodeId {
  return NodeId.fromBytes(new Uint8Array(32).fill(index + 1));
}
