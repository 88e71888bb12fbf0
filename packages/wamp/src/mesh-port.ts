import type { PatternMatch } from '@macula/core';

/** An event that comes from the mesh. */
export interface MeshEvent {
  readonly topic: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly retained: boolean;
  readonly traceparent: string | undefined;
}

/** A call that comes from the mesh. */
export interface MeshCall {
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly procedure: string;
  readonly signal: AbortSignal;
  readonly traceparent: string | undefined;
  readonly wantsProgress: boolean;
  progress(value: unknown): Promise<void>;
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
  publish(
    topic: string,
    value: unknown,
    options: {
      readonly retain?: boolean;
      readonly excludeSelf?: boolean;
      readonly traceparent?: string;
    },
  ): Promise<void>;
  subscribe(
    pattern: string,
    handler: (event: MeshEvent) => unknown,
    options: { readonly match?: PatternMatch; readonly getRetained?: boolean },
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
      readonly signal?: AbortSignal;
      readonly onProgress?: (value: unknown) => void;
      readonly traceparent?: string;
    },
  ): Promise<unknown>;
}
