import type { PayloadRules } from './causal/payload.ts';
import type { Crdt } from './crdt.ts';

/**
 * What one dot of an ORMap's key carries. `born` is the counter at which its writer created the
 * share: it goes into the writer ID used inside, so that a value that is created anew never repeats an
 * ID that peers have seen in an earlier one.
 */
export interface MapShare<S> {
  readonly born: number;
  readonly state: S;
}

export function mapShareRules<S, V>(
  type: Crdt<S, V>,
  sharesGrow: boolean,
): PayloadRules<MapShare<S>> {
  return {
    write: (writer, share) => void writer.varint(share.born).block(type.encode(share.state)),
    read: (reader) => ({ born: reader.varint(), state: type.decode(reader.block()) }),
    ...(sharesGrow && {
      growth: {
        join: (a, b) => ({
          born: Math.max(a.born, b.born),
          state: type.merge(a.state, b.state),
        }),
        lessOrEqual: (a, b) => a.born <= b.born && type.lessOrEqual(a.state, b.state),
      },
    }),
  };
}
