import { createRequire } from 'node:module';
import { WebSocket } from 'ws';

type Progress = (part: unknown[]) => void;

/** What tests use of a session of autobahn, which has no types. */
export interface AutobahnSession {
  subscribe(
    topic: string,
    handler: (args: unknown[], kwargs: object) => void,
    options?: object,
  ): Promise<unknown>;
  publish(topic: string, args: unknown[], kwargs: object, options: object): Promise<unknown>;
  register(
    procedure: string,
    handler: (args: unknown[], kwargs: object, details: { progress?: Progress }) => unknown,
  ): Promise<unknown>;
  call(
    procedure: string,
    args: unknown[],
    kwargs: object,
    options: object,
  ): {
    then(
      onResult: (result: unknown) => void,
      onError: (error: { error?: string; message?: string }) => void,
      onProgress?: (part: unknown) => void,
    ): unknown;
    cancel(options: { readonly mode: string }): void;
  };
}

interface Connection {
  onopen: (session: AutobahnSession) => void;
  onclose: (reason: string) => boolean;
  open(): void;
  close(): void;
}

/** Joins a router with autobahn, which takes the platform's WebSocket: Node has one from version 22 on. */
export async function joinWithAutobahn(
  url: string,
  realm: string,
): Promise<{ readonly session: AutobahnSession; close(): Promise<void> }> {
  (globalThis as { WebSocket?: unknown }).WebSocket ??= WebSocket;
  const autobahn = createRequire(import.meta.url)('autobahn') as {
    Connection: new (options: object) => Connection;
  };
  const connection = new autobahn.Connection({ url, realm, max_retries: 0 });
  let ended: () => void = () => undefined;
  const closed = new Promise<void>((resolve) => (ended = resolve));
  return new Promise((resolve, reject) => {
    connection.onclose = (reason) => {
      ended();
      reject(new Error(`autobahn: ${reason}`));
      return true;
    };
    connection.onopen = (session) => {
      resolve({
        session,
        close() {
          try {
            connection.close();
          } catch {
            // autobahn takes the answer to a call that it has given up for a violation, and has closed.
          }
          return closed;
        },
      });
    };
    connection.open();
  });
}
