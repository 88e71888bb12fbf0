import { createNode, type MaculaNode, TimeoutError } from '@macula/node';
import { BootstrapFailures } from './bootstrap-failures.ts';
import type { MeshAccess } from './mesh-options.ts';
import type { Terminal } from './terminal.ts';

/**
 * Joins the mesh, works, and leaves it, whatever happens. SIGINT, SIGTERM and a standard output that nobody reads any more
 * abort the signal. Throws PeerUnreachableError where no bootstrap node lets this one in.
 */
export async function withNode(
  { realm, bootstrap, secret, timeout }: MeshAccess,
  terminal: Terminal,
  work: (node: MaculaNode, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const interrupted = new AbortController();
  const interrupt = (): void => {
    interrupted.abort();
  };
  const { signal } = interrupted;
  terminal.on('SIGINT', interrupt);
  terminal.on('SIGTERM', interrupt);
  terminal.stdout.on('error', interrupt);
  const failures = new BootstrapFailures();
  try {
    const node = await createNode({
      realm,
      bootstrap,
      ...(secret !== undefined && { secret }),
      joinTimeout: 0,
      environment: {},
      logger: failures.logger,
      signal,
    });
    try {
      await joined(node, timeout, signal, () => failures.explain(bootstrap, realm, timeout));
      await work(node, signal);
    } finally {
      await node.stop();
    }
  } finally {
    terminal.off('SIGINT', interrupt);
    terminal.off('SIGTERM', interrupt);
    terminal.stdout.off('error', interrupt);
  }
}

/** Who has met members can work with them, even if it does not know the whole mesh in time. */
async function joined(
  node: MaculaNode,
  timeout: number,
  signal: AbortSignal,
  failure: () => Error,
): Promise<void> {
  try {
    await node.joined({ timeout, signal });
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    if (node.members().length === 0) throw failure();
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
