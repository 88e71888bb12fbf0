// Started by without-binding.int.test.ts: a node of its own that asks the nodes named in its arguments, says on stdout what
// came of it, a JSON object a line, and answers until its stdin ends.
import { type Logger, NodeId, parseRealm, silentLogger } from '@macula/core';
import { ephemeralIdentity, openAdmission } from '@macula/identity';
import { createTransport } from '../../src/index.ts';

interface Asked {
  readonly realm: string;
  /** Whether this node may fall back to TCP. */
  readonly tcp: boolean;
  readonly kind: number;
  readonly nodes: readonly { readonly id: string; readonly port: number }[];
}

const { realm, tcp, kind, nodes } = JSON.parse(process.argv[2] ?? '') as Asked;
const tell = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);
const codeOf = (error: unknown): string => (error as { code?: string }).code ?? String(error);
const logger: Logger = {
  ...silentLogger,
  warn: (_, message) => tell({ warning: message }),
};

const identity = await ephemeralIdentity();
const admission = openAdmission(parseRealm(realm));
const transport = createTransport(
  { identity, admission, logger },
  { host: '127.0.0.1', tcp, pool: { attemptMs: 500 } },
);
transport.handleRequest(kind, (_, body) => Uint8Array.of(...body, 2));
try {
  await transport.start();
  const { port } = transport.localAddresses[0]!;
  tell({ started: { id: identity.nodeId.key, port } });
} catch (error) {
  tell({ failed: codeOf(error) });
}
for (const { id, port } of nodes) {
  try {
    const peer = NodeId.parse(id);
    transport.learn(peer, [{ host: '127.0.0.1', port }]);
    const link = await transport.link(peer, { timeout: 5_000 });
    const answer = await link.request(kind, Uint8Array.of(1), { timeout: 5_000 });
    tell({ answer: [...answer] });
  } catch (error) {
    tell({ failed: codeOf(error) });
  }
}
tell({ done: true });
process.stdin.on('end', () => void transport.stop()).resume();
