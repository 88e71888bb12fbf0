import type { ElementKey } from '../element-key.ts';
import type { StateReader } from '../state-reader.ts';
import type { StateWriter } from '../state-writer.ts';

/** What the dots of a causal type carry besides their name. */
export interface PayloadRules<P> {
  write(writer: StateWriter, payload: P): void;
  read(reader: StateReader): P;
  /** Where a type has a single key: decoding rejects all others. */
  readonly onlyKey?: ElementKey;
  /** Where payloads of one dot grow: their join and order. Without it a dot's payload never changes. */
  readonly growth?: {
    join(a: P, b: P): P;
    lessOrEqual(a: P, b: P): boolean;
  };
}

/** For types whose dots carry nothing. */
export const noPayload: PayloadRules<undefined> = {
  write: () => undefined,
  read: () => undefined,
};
