import { afterEach, describe, expect, it } from '@jest/globals';
import { SwimMesh } from '../../test/swim-mesh.ts';

describe('membership by SWIM', () => {
  let mesh = new SwimMesh();
  afterEach(async () => {
    expect(await mesh.close()).toBe(0);
    expect(mesh.network.failures).toEqual([]);
  });

  it('lets nodes that know one address find all others', async () => {
    mesh = new SwimMesh();
    await mesh.startMany(20);
    await mesh.converge();
    expect(mesh.nodes.every(({ membership }) => membership.settled)).toBe(true);
  });
});
