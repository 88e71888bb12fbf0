import { describe, expect, it } from '@jest/globals';
import { DialGate } from './dial-gate.ts';

const turn = (): Promise<void> => Promise.resolve().then(() => undefined);

describe('DialGate', () => {
  it('lets the limit in and the others when there is room, in order', async () => {
    const gate = new DialGate(2);
    const order: string[] = [];
    const enter = (name: string) =>
      gate.enter(new AbortController().signal).then((leave) => {
        order.push(name);
        return leave;
      });
    const [first] = await Promise.all([enter('a'), enter('b')]);
    void enter('c');
    void enter('d');
    await turn();
    expect(order).toEqual(['a', 'b']);
    first?.();
    await turn();
    expect(order).toEqual(['a', 'b', 'c']);
  });

  it('releases who gives up waiting, without using up room', async () => {
    const gate = new DialGate(1);
    const leave = await gate.enter(new AbortController().signal);
    const impatient = new AbortController();
    const waiting = gate.enter(impatient.signal);
    impatient.abort();
    (await waiting)();
    leave();
    await expect(gate.enter(new AbortController().signal)).resolves.toBeDefined();
    (await gate.enter(AbortSignal.abort()))();
  });
});
