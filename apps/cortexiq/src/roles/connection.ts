import type { Carrier } from '../carrier/carrier.ts';

/** How a process takes part: as a node of the mesh, or as a client of a WAMP router. */
export type Connect =
  | {
      readonly via: 'mesh';
      /** Where the seed is, `host:port`; empty for the seed itself. */
      readonly bootstrap: readonly string[];
    }
  | {
      readonly via: 'wamp';
      /** Of the router's WebSocket. All that a process knows of where it is. */
      readonly url: string;
    };

/** Where others find a process. */
export interface Reachable {
  /** Of its node, `host:port`; none for a client of a router. */
  readonly addresses: readonly string[];
  /** Where it lets WAMP clients in, if it does. */
  readonly wampUrl?: string;
}

/** A process that takes part. */
export interface Connection {
  readonly carrier: Carrier;
  readonly reachable: Reachable;
}

/** What connections need of their process. */
export interface ConnectionDeps {
  /** Ends what waits. */
  readonly signal: AbortSignal;
  /** The process cannot go on. */
  fail(error: unknown): void;
}
