import { createRequire } from 'node:module';
import { WebSocket } from 'ws';

/** What tests use of autobahn, which has no types. */
export interface AutobahnSession {
  readonly id: number;
  publish(topic: string, args: unknown[], kwargs?: object, options?: object): Promise<unknown>;
  subscribe(
    topic: string,
    handler: (args: unknown[], kwargs: object, details: Record<string, unknown>) => void,
    options?: object,
  ): Promise<{ id: number }>;
  register(
    procedure: string,
    handler: (
      args: unknown[],
      kwargs: object,
      details: { progress?: (args: unknown[]) => void },
    ) => unknown,
    options?: object,
  ): Promise<unknown>;
  call(procedure: string, args?: unknown[], kwargs?: object, options?: object): AutobahnCall;
}

type AutobahnCall = Promise<unknown> & {
  then(
    onResult: (result: unknown) => void,
    onError?: (error: unknown) => void,
    onProgress?: (part: unknown) => void,
  ): Promise<unknown>;
};

interface AutobahnConnection {
  onopen: (session: AutobahnSession) => void;
  onclose: (reason: string, details: { reason?: string }) => boolean;
  open(): void;
  close(): void;
}

interface Autobahn {
  readonly Connection: new (options: object) => AutobahnConnection;
  readonly Error: new (error: string, args: unknown[], kwargs: object) => Error;
  readonly auth_cra: { sign(key: string, challenge: string): string };
}

/** autobahn takes the platform's WebSocket, which Node has from version 22 on. */
export function loadAutobahn(): Autobahn {
  (globalThis as { WebSocket?: unknown }).WebSocket ??= WebSocket;
  return createRequire(import.meta.url)('autobahn') as Autobahn;
}

export interface JoinedAutobahn {
  readonly session: AutobahnSession;
  close(): Promise<void>;
}

/** Joins with autobahn; rejects with the reason when it is refused. */
export function joinWithAutobahn(options: object): Promise<JoinedAutobahn> {
  const connection = new (loadAutobahn().Connection)({ max_retries: 0, ...options });
  let closed = (): void => undefined;
  const ended = new Promise<void>((resolve) => (closed = resolve));
  return new Promise((resolve, reject) => {
    connection.onclose = (reason, details) => {
      closed();
      reject(new Error(`${reason}: ${details.reason ?? ''}`));
      return true;
    };
    connection.onopen = (session) => {
      resolve({
        session,
        close: () => {
          connection.close();
          return ended;
        },
      });
    };
    connection.open();
  });
}
