import { afterEach, describe, expect, it } from '@jest/globals';
import { eventually, ProcessMesh, type WorkingNode } from '../test/processes/process-mesh.ts';

// Time enough to see a suspicion and to end it, also on a machine with other work.
const mesh = new ProcessMesh({ membership: { suspicionMult: 24 } });

afterEach(() => mesh.end());

/** What `observer` was told of `subject`, in order. */
async function toldOf(observer: WorkingNode, subject: WorkingNode): Promise<string[]> {
  const changes = await observer.ask('changes');
  return changes.flatMap((change) => {
    const [type = '', id] = change.split(' ');
    return id === subject.id ? [type] : [];
  });
}

async function allTold(
  observers: readonly WorkingNode[],
  type: string,
  subject: WorkingNode,
): Promise<void> {
  for (const observer of observers) {
    await eventually(
      `${observer.name} is told that ${subject.name} has ${type}`,
      async () => (await toldOf(observer, subject)).includes(type),
      // A node is given up some 13 s after its last sign of life, on a machine that has time for it.
      60_000,
    );
  }
}

describe('five processes, of which one is killed, one stands still for a while, and one leaves', () => {
  it('give up the killed one only, and wait for the one that comes back', async () => {
    const { seed, killed, still, leaving, steady } = await mesh.start(
      ...(['killed', 'still', 'leaving', 'steady'] as const),
    );
    killed.kill('SIGKILL');
    still.kill('SIGSTOP');
    const awake = [seed, leaving, steady];
    await allTold(awake, 'suspected', still);
    still.kill('SIGCONT');
    await allTold(awake, 'recovered', still);
    expect(await leaving.retire()).toEqual({ code: 0, held: [] });
    const rest = [seed, still, steady];
    await allTold(rest, 'left', leaving);
    await allTold(rest, 'failed', killed);

    for (const observer of rest) {
      // Whoever did not see the suspicion begin is told of it before the end.
      expect((await toldOf(observer, killed)).slice(-2)).toEqual(['suspected', 'failed']);
      expect((await toldOf(observer, leaving)).at(-1)).toBe('left');
      for (const living of [...rest, leaving]) {
        expect(await toldOf(observer, living)).not.toContain('failed');
      }
      expect((await observer.report()).members).toBe(2);
    }
    for (const node of [steady, still, seed]) {
      expect(await node.retire()).toEqual({ code: 0, held: [] });
    }
  }, 120_000);
});
