import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { errorOf, Mesh, type MeshNode } from '../../test/mesh.ts';

describe('calls of a node to itself', () => {
  let mesh: Mesh;
  let node: MeshNode;

  beforeEach(async () => {
    mesh = new Mesh();
    node = await mesh.node();
    await mesh.clock.complete(node.rpc.register('echo', (_args, { payload }) => payload));
  });

  afterEach(() => mesh.stop());

  it('wait for room when many large ones are made at once', async () => {
    const data = new Uint8Array(300_000).fill(7);
    const calls = Array.from({ length: 20 }, () => node.rpc.call('echo', data));
    const answers = (await mesh.clock.complete(Promise.all(calls))) as Uint8Array[];
    expect(answers).toHaveLength(20);
    for (const answer of answers) expect(Buffer.compare(answer, data)).toBe(0);
  });

  it('never run the handler within call()', async () => {
    let ran = false;
    await mesh.clock.complete(
      node.rpc.register('run', () => {
        ran = true;
      }),
    );
    await mesh.clock.complete(node.rpc.call('run'));
    ran = false;
    const pending = node.rpc.call('run');
    expect(ran).toBe(false);
    await mesh.clock.complete(pending);
    expect(ran).toBe(true);
  });

  it('time out, abort and recurse like others', async () => {
    await mesh.clock.complete(node.rpc.register('sleep', () => new Promise(() => undefined)));
    const late = await errorOf(mesh.clock.complete(node.rpc.call('sleep', [], { timeout: 50 })));
    expect(late).toMatchObject({ code: 'macula.timeout' });
    await mesh.clock.complete(
      node.rpc.register('countdown', async ([n]): Promise<unknown> => {
        return Number(n) === 0 ? 'lift-off' : node.rpc.call('countdown', [Number(n) - 1]);
      }),
    );
    expect(await mesh.clock.complete(node.rpc.call('countdown', [100]))).toBe('lift-off');
  });

  it('end when the node stops, also streams that were only just opened', async () => {
    let served = 0;
    await mesh.clock.complete(node.rpc.registerStream('talk', () => ++served));
    await mesh.settle();
    await mesh.clock.complete(node.rpc.openStream('talk').then((stream) => stream.result));
    const stream = await node.rpc.openStream('talk');
    const pending = errorOf(node.rpc.call('echo'));
    await node.rpc.stop();
    expect(await pending).toMatchObject({ code: 'macula.not_running' });
    expect(await errorOf(mesh.clock.complete(stream.result))).toBeInstanceOf(Error);
    expect(served).toBe(1);
  });
});
