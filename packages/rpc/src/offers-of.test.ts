import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InvalidUriError } from '@macula/core';
import { Mesh, type MeshNode } from '../test/mesh.ts';
import type { Registration } from './index.ts';

describe('offersOf', () => {
  let mesh: Mesh;
  let asker: MeshNode;
  let a: MeshNode;
  let b: MeshNode;

  beforeEach(async () => {
    mesh = new Mesh({ directoryDelayMs: 5 });
    asker = await mesh.node();
    a = await mesh.node();
    b = await mesh.node();
  });

  afterEach(() => mesh.stop());

  function register(
    node: MeshNode,
    ...[procedure, invoke, match]: [string, ('roundrobin' | 'single')?, 'prefix'?]
  ): Promise<Registration> {
    const options = { ...(invoke && { invoke }), ...(match && { match }) };
    return mesh.clock.complete(node.rpc.register(procedure, () => 1, options));
  }

  /** What the asker knows, as names of nodes and patterns; undefined: nothing yet. */
  function offers(procedure: string): [MeshNode | undefined, string][] | undefined {
    return asker.rpc
      .offersOf(procedure)
      ?.map(({ node, pattern }) => [
        mesh.nodes.find(({ links }) => links.self.equals(node)),
        pattern.text,
      ]);
  }

  it('knows nothing until the directory has answered, then that there is nobody', async () => {
    expect(offers('work')).toBeUndefined();
    await mesh.settle();
    expect(offers('work')).toEqual([]);
  });

  it('follows who comes and goes from the first question on', async () => {
    offers('work');
    await mesh.settle();
    const first = await register(a, 'work', 'roundrobin');
    await mesh.settle();
    expect(offers('work')).toEqual([[a, 'work']]);
    await register(b, 'work', 'roundrobin');
    await mesh.settle();
    expect(offers('work')).toEqual([
      [a, 'work'],
      [b, 'work'],
    ]);
    await mesh.clock.complete(first.unregister());
    await mesh.settle();
    expect(offers('work')).toEqual([[b, 'work']]);
  });

  it('names the node that asks, where that has registered', async () => {
    await register(asker, 'work');
    offers('work');
    await mesh.settle();
    expect(offers('work')).toEqual([[asker, 'work']]);
  });

  it('gives those only that a call would choose from: of the most specific pattern', async () => {
    await register(a, 'shop', 'single', 'prefix');
    await register(b, 'shop.tea.price');
    offers('shop.tea.price');
    offers('shop.milk');
    await mesh.settle();
    expect(offers('shop.tea.price')).toEqual([[b, 'shop.tea.price']]);
    expect(offers('shop.milk')).toEqual([[a, 'shop']]);
  });

  it('knows calls and not streams of the same name', async () => {
    await mesh.clock.complete(a.rpc.registerStream('work', () => undefined));
    offers('work');
    await mesh.settle();
    expect(offers('work')).toEqual([]);
  });

  it('refuses what is no name', () => {
    expect(() => asker.rpc.offersOf('a..b')).toThrow(InvalidUriError);
  });

  it('knows nothing any more after stop', async () => {
    await register(a, 'work');
    offers('work');
    await mesh.settle();
    await mesh.clock.complete(asker.rpc.stop());
    expect(offers('work')).toBeUndefined();
  });
});
