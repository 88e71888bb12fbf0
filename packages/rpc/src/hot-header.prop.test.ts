import { describe, expect, it } from '@jest/globals';
import type { FrameView } from '@macula/core';
import { Call, CallResult, CancelCall } from '@macula/wire';
import fc from 'fast-check';
import { HotHeader } from './hot-header.ts';

const uint32 = fc.oneof(fc.nat(300), fc.nat(2 ** 28 - 1), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const small = fc.oneof(fc.nat(300), fc.nat(2 ** 28 - 1));

/** A frame with this header, in the middle of other bytes. */
function frameWith(header: Uint8Array): FrameView {
  const bytes = new Uint8Array(header.length + 6).fill(0xff);
  bytes.set(header, 3);
  const headerEnd = 3 + header.length;
  return { kind: 0, bytes, headerStart: 3, headerEnd, payloadEnd: headerEnd };
}

const details = new Uint8Array();

describe('HotHeader', () => {
  it('writes calls, results and cancellations byte for byte as the generated codec does', () => {
    fc.assert(
      fc.property(uint32, uint32, uint32, uint32, (id, alias, timeoutMs, flags) => {
        const hot = new HotHeader();
        const written = (): Uint8Array => hot.bytes.slice(0, hot.length);
        const call = { id, alias, timeoutMs, flags, procedure: '', traceparent: '', details };
        hot.write(id, alias, timeoutMs, flags);
        expect(written()).toEqual(new Uint8Array(Call.encode(call).finish()));
        hot.write(id, 1, 0, 0);
        expect(written()).toEqual(
          new Uint8Array(CallResult.encode({ id, progress: true }).finish()),
        );
        hot.write(id, 0, 0, 0);
        expect(written()).toEqual(new Uint8Array(CancelCall.encode({ id }).finish()));
      }),
    );
  });

  it('reads what the generated codec writes, or leaves it to that', () => {
    fc.assert(
      fc.property(small, small, small, small, fc.string(), (id, alias, timeoutMs, flags, text) => {
        const hot = new HotHeader();
        const call = { id, alias, timeoutMs, flags, procedure: text, traceparent: '', details };
        const simple = hot.read(frameWith(Call.encode(call).finish()));
        expect(simple).toBe(text === '');
        if (simple) expect([...hot.fields.slice(1)]).toEqual([id, alias, timeoutMs, flags]);
      }),
    );
  });

  it('leaves numbers from 2^28 to the generated codec', () => {
    const header = CancelCall.encode({ id: 2 ** 28 }).finish();
    expect(new HotHeader().read(frameWith(header))).toBe(false);
  });

  it('agrees with the generated decoder on any bytes that it accepts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
        const hot = new HotHeader();
        if (!hot.read(frameWith(bytes))) return;
        const call = Call.decode(bytes);
        expect([...hot.fields.slice(1)]).toEqual([call.id, call.alias, call.timeoutMs, call.flags]);
      }),
      { numRuns: 1_000 },
    );
  });
});
