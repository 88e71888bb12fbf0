import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NodeId } from '@macula/core';
import {
  transportFixture,
  type TestTransport,
  type TransportFixture,
} from '../../test/transport-fixture.ts';

const kind = 0x7001;
const loader = new URL('../../../../tools/typescript-loader.mjs', import.meta.url).href;
const noBinding = new URL('../../test/processes/without-quic-binding.mjs', import.meta.url).href;
const askingNode = fileURLToPath(new URL('../../test/processes/asking-node.ts', import.meta.url));

interface Said {
  readonly warning?: string;
  readonly started?: { readonly id: string; readonly port: number };
  readonly answer?: readonly number[];
  readonly failed?: string;
}

let fixture: TransportFixture;
let children: ChildProcess[];

beforeEach(() => {
  fixture = transportFixture({ pool: { attemptMs: 500 } });
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await fixture.stop();
});

/** A node that answers, in this process, over whatever `networks` it has. */
async function answeringNode(networks: { quic?: boolean; tcp?: boolean }): Promise<TestTransport> {
  const node = await fixture.node(networks);
  node.handleRequest(kind, (_, body) => Uint8Array.of(...body, 1));
  return node;
}

/** Starts a node where no QUIC binding can be resolved, lets it ask `nodes`, and gives what it said. */
async function nodeWithoutBinding(
  nodes: readonly TestTransport[],
  options: { tcp: boolean } = { tcp: true },
): Promise<{ said: readonly Said[]; ended: Promise<number | null>; letGo: () => void }> {
  const asked = {
    realm: 'be.macula.test',
    kind,
    ...options,
    nodes: nodes.map(({ self, localAddresses }) => ({
      id: self.key,
      port: localAddresses[0]?.port,
    })),
  };
  const child = spawn(
    process.execPath,
    [
      '--conditions=@macula/source',
      ...['--import', loader, '--import', noBinding],
      askingNode,
      JSON.stringify(asked),
    ],
    { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, NODE_OPTIONS: '' } },
  );
  children.push(child);
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const said: Said[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const what = JSON.parse(line) as Said & { done?: true };
    if (what.done === true) break;
    said.push(what);
  }
  return { said, ended, letGo: () => void child.stdin.end() };
}

describe('a process for whose platform there is no QUIC binding', () => {
  it('says so once, and has links over TCP in both directions', async () => {
    const both = await answeringNode({});
    const tcpOnly = await answeringNode({ quic: false });
    const quicOnly = await answeringNode({ tcp: false });
    const { said, ended, letGo } = await nodeWithoutBinding([both, tcpOnly, quicOnly]);

    expect(said.filter(({ warning }) => warning?.startsWith('QUIC is not available'))).toHaveLength(
      1,
    );
    const answers = said.filter(({ answer, failed }) => answer ?? failed);
    expect(answers).toEqual([
      { answer: [1, 1] },
      { answer: [1, 1] },
      { failed: 'macula.peer.unreachable' },
    ]);

    const { id, port } = said.find(({ started }) => started)!.started!;
    const asker = await answeringNode({});
    asker.learn(NodeId.parse(id), [{ host: '127.0.0.1', port }]);
    const link = await asker.link(NodeId.parse(id), { timeout: 10_000 });
    expect([...(await link.request(kind, Uint8Array.of(7), { timeout: 5_000 }))]).toEqual([7, 2]);

    letGo();
    expect(await ended).toBe(0);
  });

  it('refuses to start where TCP is not allowed to stand in', async () => {
    const { said } = await nodeWithoutBinding([], { tcp: false });
    expect(said).toEqual([{ failed: 'macula.quic.unavailable' }]);
  });
});
