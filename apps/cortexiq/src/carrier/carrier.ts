/** How long a call may take, and what ends it early. */
export interface CarrierCallOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

/**
 * What carries the messages of one process: a node of the mesh, or a session at a WAMP router. What is above it does not know
 * which. Events and arguments are plain objects, whose fields travel as WAMP's keyword arguments.
 */
export interface Carrier {
  /** Publishes and waits for the acknowledgement. Throws UnconfirmedError when none came: to be published again. */
  publish(topic: string, message: object): Promise<void>;
  subscribe(topic: string, handler: (message: unknown) => unknown): Promise<void>;
  /** Throws Refusal, TimeoutError or AbortedError. Calls may be repeated on the way: all of the demo's bear it. */
  call(procedure: string, value: object, options: CarrierCallOptions): Promise<unknown>;
  /** Serves a procedure, alone or with others. What the handler throws is what the caller gets; Refusal chooses the URI. */
  register(
    procedure: string,
    handler: (value: unknown) => unknown,
    options: { readonly shared: boolean },
  ): Promise<void>;
  /** Says goodbye. Idempotent. */
  close(): Promise<void>;
}
