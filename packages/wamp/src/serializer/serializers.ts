import { cborSerializer } from './cbor-serializer.ts';
import { jsonSerializer } from './json-serializer.ts';
import { msgpackSerializer } from './msgpack-serializer.ts';
import type { Serializer } from './serializer.ts';

/** All serializers, in the order of their preference where a client leaves it open. */
export const serializers: readonly Serializer[] = [
  jsonSerializer,
  msgpackSerializer,
  cborSerializer,
];

/** The serializer for the first subprotocol that is known here. */
export function serializerFor(subprotocols: Iterable<string>): Serializer | undefined {
  for (const name of subprotocols) {
    const found = serializers.find(({ subprotocol }) => subprotocol === name);
    if (found !== undefined) return found;
  }
  return undefined;
}
