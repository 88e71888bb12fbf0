import { describe, expect, it } from '@jest/globals';
import { SwimProbe } from '@macula/wire';
import fc from 'fast-check';
import { plainProbeSize, readPlainProbe, writePlainProbe } from './plain-probe.ts';

const sequences = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);

function read(header: Uint8Array): ReturnType<typeof readPlainProbe> {
  const bytes = Uint8Array.from([0xdd, ...header, 0xdd]);
  const headerEnd = 1 + header.length;
  return readPlainProbe({ kind: 0x33, bytes, headerStart: 1, headerEnd, payloadEnd: headerEnd });
}

describe('A probe without rumours', () => {
  it('is written as the generated code writes it', () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        const bytes = new Uint8Array(plainProbeSize);
        const length = writePlainProbe(bytes, sequence);
        const expected = SwimProbe.encode({ sequence, rumours: [] }).finish();
        expect([...bytes.subarray(0, length)]).toEqual([...expected]);
      }),
    );
  });

  it('is read as the generated code reads it, or left to that', () => {
    const header = fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.uint8Array({ maxLength: 6 }).map((rest) => Uint8Array.from([0x08, ...rest])),
      sequences.map((sequence) => SwimProbe.encode({ sequence, rumours: [] }).finish()),
    );
    fc.assert(
      fc.property(header, (bytes) => {
        const probe = read(bytes);
        if (probe !== undefined) expect(probe).toEqual(SwimProbe.decode(bytes));
      }),
    );
    expect(read(SwimProbe.encode({ sequence: 2 ** 32 - 1, rumours: [] }).finish())).toEqual({
      sequence: 2 ** 32 - 1,
      rumours: [],
    });
  });

  it('is no probe with rumours', () => {
    const rumours = [Uint8Array.of(1)];
    expect(read(SwimProbe.encode({ sequence: 1, rumours }).finish())).toBeUndefined();
  });
});
