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

const anyDetails = fc.oneof(
  fc.constant(new Uint8Array()),
  fc.uint8Array({ maxLength: 100 }),
  fc.uint8Array({ minLength: 120, maxLength: 400 }),
);

/** Bytes among which tags of known fields and short lengths are frequent. */
const mostlyTags = fc
  .array(fc.oneof(fc.constantFrom(8, 16, 24, 32, 58, 0, 1, 2, 3), fc.nat(255)), { maxLength: 24 })
  .map((bytes) => Uint8Array.from(bytes));

describe('HotHeader', () => {
  it('writes calls, results and cancellations byte for byte as the generated codec does', () => {
    fc.assert(
      fc.property(uint32, uint32, uint32, uint32, anyDetails, (...numbersAndDetails) => {
        const [id, alias, timeoutMs, flags, details] = numbersAndDetails;
        const hot = new HotHeader();
        const written = (): Uint8Array => hot.bytes.slice(0, hot.length);
        const call = { id, alias, timeoutMs, flags, procedure: '', traceparent: '', details };
        hot.write(id, alias, timeoutMs, flags, details);
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
    const text = fc.oneof(fc.constant(''), fc.string());
    fc.assert(
      fc.property(small, small, small, small, text, anyDetails, (...values) => {
        const [id, alias, timeoutMs, flags, procedure, details] = values;
        const hot = new HotHeader();
        const call = { id, alias, timeoutMs, flags, procedure, traceparent: '', details };
        const simple = hot.read(frameWith(Call.encode(call).finish()));
        expect(simple).toBe(procedure === '');
        if (!simple) return;
        expect([...hot.fields.slice(1)]).toEqual([id, alias, timeoutMs, flags]);
        expect([...hot.details]).toEqual([...details]);
      }),
    );
  });

  it('leaves numbers from 2^28 to the generated codec', () => {
    const header = CancelCall.encode({ id: 2 ** 28 }).finish();
    expect(new HotHeader().read(frameWith(header))).toBe(false);
  });

  it('agrees with the generated decoder on any bytes that it accepts', () => {
    fc.assert(
      fc.property(mostlyTags, (bytes) => {
        const hot = new HotHeader();
        if (!hot.read(frameWith(bytes))) return;
        const call = Call.decode(bytes);
        expect([...hot.fields.slice(1)]).toEqual([call.id, call.alias, call.timeoutMs, call.flags]);
        expect([...hot.details]).toEqual([...call.details]);
      }),
      { numRuns: 3_000 },
    );
  });
});
