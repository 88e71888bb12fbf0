import { createNode, type MaculaNode } from '@macula/node';

/** What the command line needs of its process. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/** Joins the mesh, works, and leaves it, whatever happens. SIGINT and SIGTERM abort the signal. */
export async function withNode(
  options: {
    readonly realm: string;
    readonly bootstrap: readonly string[];
    readonly timeout: number;
  },
  terminal: Terminal,
  work: (node: MaculaNode, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = (): void => {
    interrupted.abort();
  };
  terminal.on('SIGINT', interrupt);
  terminal.on('SIGTERM', interrupt);
  try {
    const node = await createNode({
      realm: options.realm,
      bootstrap: options.bootstrap,
      joinTimeout: options.timeout,
      environment: { ...terminal.env },
      signal: interrupted.signal,
    });
    try {
      await work(node, interrupted.signal);
    } finally {
      await node.stop();
    }
  } finally {
    terminal.off('SIGINT', interrupt);
    terminal.off('SIGTERM', interrupt);
  }
}

/** Resolves when the signal is aborted. */
export function interruption(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
