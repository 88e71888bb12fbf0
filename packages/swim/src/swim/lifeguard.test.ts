import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FrameKind, SwimSyncAnswer } from '@macula/wire';
import { SwimMesh, type SwimNode } from '../../test/mesh.ts';
import { decodeRumour, encodeRumour } from './rumour.ts';
import { readProbe } from './swim-frames.ts';

describe('Lifeguard', () => {
  let mesh: SwimMesh;

  /** Who was told of a suspicion of himself by a probe. */
  const warned = new Set<string>();

  beforeEach(() => {
    warned.clear();
    mesh = new SwimMesh({
      onFrame: (_, to, frame) => {
        if (frame.kind !== FrameKind.swimProbe) return;
        const rumours = [...readProbe(frame).rumours].map(decodeRumour);
        if (rumours.some(({ id, status }) => status === 'suspect' && id.equals(to))) {
          warned.add(to.key);
        }
      },
    });
  });
  afterEach(async () => {
    expect(await mesh.close()).toBe(0);
  });

  /** A newcomer to `other` that is told, by a door that tells nobody else, that `other` is suspect. */
  async function misinformed(other: SwimNode, buddy: boolean): Promise<SwimNode> {
    const door = mesh.network.node();
    const { self, localAddresses: addresses } = door;
    const said = { id: self, addresses, metadata: {}, incarnation: 1n, status: 'alive' as const };
    const victim = other.membership.self;
    door.handleRequest(FrameKind.swimSync, () =>
      SwimSyncAnswer.encode({
        rumours: [
          encodeRumour(said),
          encodeRumour({ ...victim, status: 'alive' }),
          encodeRumour({ ...victim, status: 'suspect', accuser: self }),
        ],
        buckets: [],
        more: false,
      }).finish(),
    );
    const extensions = { buddy };
    return mesh.start({ bootstrap: addresses, extensions });
  }

  it('has whoever probes a suspect tell it, so that it refutes at once (buddy)', async () => {
    const suspect = await mesh.start();
    const newcomer = await misinformed(suspect, true);
    const name = mesh.name(suspect.id);
    await mesh.until(() => newcomer.events.includes(`recovered ${name}`), 2_000);
    expect(newcomer.events).not.toContain(`failed ${name}`);
    expect(warned).toEqual(new Set([suspect.id.key]));
  });

  it('leaves a suspect in ignorance with the buddy system off', async () => {
    const suspect = await mesh.start();
    const newcomer = await misinformed(suspect, false);
    const name = mesh.name(suspect.id);
    await mesh.until(() => newcomer.events.includes(`failed ${name}`), 10_000);
    expect(newcomer.events).not.toContain(`recovered ${name}`);
  });

  it('does not doubt a node that failed to reach another, when those it asked say that they failed, too (nack)', async () => {
    const nodes = await mesh.startMany(8);
    await mesh.converge();
    const dead = nodes[7] as SwimNode;
    mesh.network.crash(dead.id);
    const rest = nodes.slice(0, 7);
    let worst = 0;
    await mesh.until(() => {
      worst = Math.max(worst, ...rest.map(({ membership }) => membership.localHealth));
      return rest.every(({ membership }) => membership.get(dead.id)?.status === 'failed');
    });
    expect(worst).toBe(0);
  });

  it('doubts a node that hears nothing from anybody, up to eight times as patient as one that is well', async () => {
    const nodes = await mesh.startMany(8);
    await mesh.converge();
    const [lonely, ...others] = nodes as [SwimNode, ...SwimNode[]];
    mesh.network.partition(
      lonely.id,
      others.map(({ id }) => id),
    );
    await mesh.until(() => lonely.membership.localHealth > 2);
    expect(others.every(({ membership }) => membership.localHealth <= 1)).toBe(true);
    let worst = 0;
    for (let second = 0; second < 60; second++) {
      await mesh.clock.advance(1_000);
      worst = Math.max(worst, lonely.membership.localHealth);
    }
    expect(worst).toBe(7);
  });
});
