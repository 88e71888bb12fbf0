/** A WAMP router that is there already. */
export type RouterUrl = `ws://${string}` | `wss://${string}`;

/**
 * What homes connect to: the mesh, as nodes; or, as plain WAMP clients, a façade of the mesh, fox-wamp with a bridge to the
 * mesh, or another router with a bridge.
 */
export type HomesOn = 'mesh' | 'facade' | 'fox-wamp' | RouterUrl;

/** What the demo is asked to do. */
export interface DemoOptions {
  readonly homes: number;
  readonly hours: number;
  /** The first hour. */
  readonly from: number;
  /** Simulated hours per second; Infinity for as fast as the mesh allows. */
  readonly speed: number;
  /** Directory of homes.json, homes.csv and grid.csv. */
  readonly data: string;
  /** At most so many homes behind one edge process. */
  readonly homesPerProcess: number;
  /** So many processes with a node in all, this one included; instead of `homesPerProcess`. */
  readonly processes?: number;
  readonly homesOn: HomesOn;
}
