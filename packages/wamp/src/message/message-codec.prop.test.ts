import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolViolation } from '../errors.ts';
import { serializers } from '../serializer/serializers.ts';
import type { MessageName, WampMessage } from './message.ts';
import { messageFromList, messageToList } from './message-codec.ts';
import {
  type FieldKind,
  type MessageShape,
  messageShapes,
  requestNames,
} from './message-shapes.ts';

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const word = fc.string({ maxLength: 12 }).filter((text) => !text.startsWith('\0'));
const key = word.filter((text) => !text.includes('__proto__'));
const leaf = fc.oneof(
  fc.boolean(),
  fc.constant(null),
  word,
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
  fc.uint8Array({ maxLength: 20 }),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const dict = fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });

const fields: Readonly<Record<FieldKind, fc.Arbitrary<unknown>>> = {
  id,
  id0: fc.oneof(id, fc.constant(0)),
  uri: word,
  text: word,
  dict,
  request: fc.constantFrom(...requestNames),
  'details?': fc.option(dict, { nil: undefined }),
};

function messageOf(type: MessageName): fc.Arbitrary<WampMessage> {
  const shape: MessageShape = messageShapes[type];
  const record = fc.record({
    type: fc.constant(type),
    ...Object.fromEntries(shape.fields.map(([name, kind]) => [name, fields[kind]])),
  });
  const payload = fc.oneof(
    fc.constant({}),
    fc.record({ args: fc.array(value, { maxLength: 4 }) }),
    fc.record({ args: fc.array(value, { maxLength: 4 }), kwargs: dict }),
  );
  return fc
    .tuple(record, shape.payload ? payload : fc.constant({}))
    .map(([a, b]) => ({ ...a, ...b }) as unknown as WampMessage);
}

const names = Object.keys(messageShapes) as MessageName[];

describe.each(serializers.map((serializer) => [serializer.subprotocol, serializer] as const))(
  '%s',
  (_, serializer) => {
    test.each(names)('brings every %s through unchanged', (name) => {
      fc.assert(
        fc.property(messageOf(name), (message) => {
          expect(serializer.decode(serializer.encode(message))).toEqual(message);
        }),
        { numRuns: 30 },
      );
    });

    test('answers garbage with ProtocolViolation only', () => {
      const garbage = serializer.binary
        ? fc.uint8Array({ maxLength: 200 })
        : fc.oneof(fc.string(), fc.json());
      fc.assert(
        fc.property(garbage, (data) => {
          onlyViolations(() => serializer.decode(data));
        }),
        { numRuns: 500 },
      );
    });

    test('survives any change of a byte', () => {
      fc.assert(
        fc.property(
          fc.constantFrom(...names).chain(messageOf),
          fc.nat(),
          fc.integer({ min: 0, max: 255 }),
          (message, position, byte) => {
            const bytes = Buffer.from(serializer.encode(message) as string);
            bytes[position % bytes.length] = byte;
            onlyViolations(() => serializer.decode(serializer.binary ? bytes : bytes.toString()));
          },
        ),
        { numRuns: 500 },
      );
    });
  },
);

test('lists of any content are messages or ProtocolViolations', () => {
  const element = fc.oneof(value, fc.constantFrom(1, 8, 16, 32, 36, 48, 68, 70));
  fc.assert(
    fc.property(fc.oneof(fc.array(element, { maxLength: 8 }), value), (list) => {
      onlyViolations(() => {
        const message = messageFromList(list);
        expect(messageFromList(messageToList(message))).toEqual(message);
      });
    }),
    { numRuns: 1_000 },
  );
});

function onlyViolations(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
  }
}
