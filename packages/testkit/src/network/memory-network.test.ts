import { describe, expect, it } from '@jest/globals';
import { encodeValue, decodePayload, FrameWriter } from '@macula/wire';
import { virtualClock } from '../clock/virtual-clock.ts';
import { seededRandom } from '../random/seeded-random.ts';
import { memoryNetwork } from './memory-network.ts';

describe('memoryNetwork', () => {
  it('smoke', async () => {
    const clock = virtualClock();
    const network = memoryNetwork({
      clock,
      random: seededRandom(1),
      loss: 0.1,
      latencyMs: { min: 1, max: 9 },
    });
    const a = network.node();
    const b = network.node();
    const got: unknown[] = [];
    b.handle(0x51, (_link, frame) => got.push(decodePayload(frame)));
    b.handleRequest(0x52, (_l, body) => body.slice(1));
    b.handleStream(0x53, (_l, stream) => {
      stream.onFrame((f) => got.push(['s', decodePayload(f)]));
      stream.onEnd(() => {
        got.push('end');
        stream.end();
      });
    });
    a.learn(b.self, b.localAddresses);
    const link = await clock.complete(a.link(b.self));
    const writer = new FrameWriter();
    for (let i = 0; i < 5; i++) link.send(writer.value(i).frame(0x51, new Uint8Array(0)));
    expect(await clock.complete(link.request(0x52, new Uint8Array([1, 2, 3])))).toEqual(
      new Uint8Array([2, 3]),
    );
    const stream = link.openStream(0x53, new Uint8Array([9]));
    stream.send(writer.value('x').frame(0x54, new Uint8Array(0)));
    stream.end();
    let closed = 'no';
    stream.onClose((e) => (closed = String(e)));
    await clock.runUntil(() => closed !== 'no');
    expect(closed).toBe('undefined');
    expect(got).toEqual([0, 1, 2, 3, 4, ['s', 'x'], 'end']);
    await a.stop();
    await b.stop();
    await clock.runAll();
    expect(clock.pendingTimers).toBe(0);
    expect(encodeValue(1).length).toBe(1);
  });
});
