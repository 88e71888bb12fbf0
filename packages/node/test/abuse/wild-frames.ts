import { readFileSync } from 'node:fs';
import type { EncodedFrame } from '@macula/core';
import { encodeValue, FrameKind, FrameWriter, writeVarint } from '@macula/wire';
import fc from 'fast-check';

/** A frame as a rogue would make it. */
export interface WildFrame {
  readonly kind: number;
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

const tag = (field: number, wireType: number): number[] => {
  const bytes = new Uint8Array(10);
  return [...bytes.subarray(0, writeVarint(bytes, 0, field * 8 + wireType))];
};

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

const field = fc.integer({ min: 1, max: 10 });
const number = fc.oneof(
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 62n, 2n ** 64n - 1n),
);
const text = fc.constantFrom(
  ...[
    '',
    'proof.status',
    'proof.**',
    'proof.*',
    '..',
    'a..b',
    '127.0.0.1:9',
    '[::1]:9',
    'x:y',
    '\u0000',
  ],
  'a.'.repeat(2_000),
);
const bytes = fc.oneof(
  text.map((value) => Buffer.from(value)),
  fc.uint8Array({ maxLength: 80 }),
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
);

/** Bytes that are a protobuf message, of no schema in particular: numbers, lists of fields, messages in messages. */
const message: fc.Arbitrary<number[]> = fc.letrec<{ fields: number[]; one: number[] }>((tie) => ({
  one: fc.oneof(
    { withCrossShrink: true, maxDepth: 3 },
    fc.tuple(field, number).map(([f, n]) => [...tag(f, 0), ...varint(n)]),
    fc.tuple(field, bytes).map(([f, b]) => [...tag(f, 2), ...varint(BigInt(b.length)), ...b]),
    fc
      .tuple(field, fc.uint8Array({ minLength: 8, maxLength: 8 }))
      .map(([f, b]) => [...tag(f, 1), ...b]),
    fc
      .tuple(field, tie('fields'))
      .map(([f, inner]) => [...tag(f, 2), ...varint(BigInt(inner.length)), ...inner]),
  ),
  fields: fc.array(tie('one'), { maxLength: 6 }).map((all) => all.flat()),
})).fields;

const payload = fc.oneof(
  fc.constant(new Uint8Array(0)),
  fc.uint8Array({ maxLength: 200 }),
  fc.anything({ withBigInt: false, withDate: true }).map((value) => {
    try {
      return Uint8Array.from(encodeValue(value));
    } catch {
      return new Uint8Array([0xc1]);
    }
  }),
  // Lists and maps that claim to be longer than they are, nested ones without end.
  fc.constantFrom(
    Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff),
    Uint8Array.of(0xc6, 0xff, 0xff, 0xff, 0xff),
    new Uint8Array(5_000).fill(0x91),
  ),
);

/** Frames of every kind, known and unknown. */
export const wildFrame: fc.Arbitrary<WildFrame> = fc.record({
  kind: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...Object.values(FrameKind)) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 300 }) },
  ),
  header: fc.oneof(
    { weight: 4, arbitrary: message.map((all) => Uint8Array.from(all)) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 100 }) },
  ),
  payload,
});

/** Frames that have done harm once, or nearly: `{ kind, header, payload }` with bytes in hexadecimal. */
export function frameCorpus(): WildFrame[] {
  const file = new URL('./frame-corpus.json', import.meta.url);
  const stored = JSON.parse(readFileSync(file, 'utf8')) as Record<
    keyof WildFrame,
    string | number
  >[];
  return stored.map(({ kind, header, payload: body }) => ({
    kind: Number(kind),
    header: Buffer.from(String(header), 'hex'),
    payload: Buffer.from(String(body), 'hex'),
  }));
}

const writer = new FrameWriter();

/** Valid until the next one is encoded. */
export function encoded({ kind, header, payload: body }: WildFrame): EncodedFrame {
  return writer.payload(body).frame(kind, header);
}

/** Bytes that are no frame, in the guise of one. */
export function raw(kind: number, content: Uint8Array): EncodedFrame {
  return { kind, bytes: content, start: 0, end: content.length };
}
