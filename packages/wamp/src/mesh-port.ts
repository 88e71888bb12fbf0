import type { NodeId, Pattern, PatternMatch } from '@macula/core';

/** An event that comes from the mesh. */
export interface MeshEvent {
  readonly topic: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly retained: boolean;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

/** A call that comes from the mesh. */
export interface MeshCall {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly procedure: string;
  /** Has `listener` called when the caller gives up or its deadline passes; then the reason has the code `macula.timeout`. */
  onAbort(listener: (reason: Error) => void): void;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  readonly wantsProgress: boolean;
  progress(value: unknown): Promise<void>;
}

/** What ends a call: an AbortSignal, or less. */
export interface AbortSource {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: { handleEvent(): void }): void;
  removeEventListener(type: 'abort', listener: { handleEvent(): void }): void;
}

/** A registration that the mesh knows. */
export interface MeshOffer {
  readonly node: NodeId;
  readonly pattern: Pattern;
}

/** How callees of one procedure are chosen; WAMP's policies. */
export type InvokePolicy = 'single' | 'first' | 'last' | 'roundrobin' | 'random';

/**
 * What the router needs of a mesh. A node of `@macula/node` fits as it is; so does anything else that publishes,
 * subscribes, registers and calls with these meanings.
 */
export interface MeshPort {
  /** The realm that the mesh carries. */
  readonly realm: string;
  /** The node's name in offers. */
  readonly id?: NodeId;
  /** Tells who offers a procedure. Without it every call crosses the mesh, also where only a client here can answer. */
  readonly rpc?: {
    offersOf(procedure: string): readonly MeshOffer[] | undefined;
  };
  /** Tells whether anybody would get an event. Without it every event of a client is published, also where only clients here subscribe. */
  readonly pubsub?: {
    isHeard(topic: string, options: { readonly participant?: object }): boolean;
  };
  publish(
    topic: string,
    value: unknown,
    options: {
      readonly retain?: boolean;
      readonly participant?: object;
      readonly details?: Readonly<Record<string, unknown>>;
    },
  ): Promise<void>;
  subscribe(
    pattern: string,
    handler: (event: MeshEvent) => unknown,
    options: {
      readonly match?: PatternMatch;
      readonly getRetained?: boolean;
      readonly participant?: object;
    },
  ): Promise<{ unsubscribe(): Promise<void> }>;
  register(
    procedure: string,
    handler: (args: readonly unknown[], call: MeshCall) => unknown,
    options: { readonly match?: PatternMatch; readonly invoke?: InvokePolicy },
  ): Promise<{ unregister(): Promise<void> }>;
  call(
    procedure: string,
    value: unknown,
    options: {
      readonly timeout?: number;
      readonly signal?: AbortSource;
      readonly onProgress?: (value: unknown) => void;
      readonly details?: Readonly<Record<string, unknown>>;
    },
  ): Promise<unknown>;
}
