import type { Dict } from '../dict.ts';
import type { FieldKind, messageShapes, requestNames } from './message-shapes.ts';

type Shapes = typeof messageShapes;

/** The name of a message type, for example `publish`. */
export type MessageName = keyof Shapes;
/** The name of a message that ERROR may answer. */
export type RequestName = (typeof requestNames)[number];

interface FieldValues {
  id: number;
  id0: number;
  uri: string;
  text: string;
  dict: Dict;
  request: RequestName;
  'details?': Dict | undefined;
}

type Pairs = readonly (readonly [string, FieldKind])[];
type Optional = readonly [string, 'details?'];

type FieldsOf<F extends Pairs> = {
  readonly [Pair in Exclude<F[number], Optional> as Pair[0]]: FieldValues[Pair[1]];
} & {
  readonly [Pair in Extract<F[number], Optional> as Pair[0]]?: FieldValues['details?'];
};

type PayloadOf<P extends boolean> = P extends true
  ? { readonly args?: readonly unknown[] | undefined; readonly kwargs?: Dict | undefined }
  : unknown;

type MessageOf<N extends MessageName> = { readonly type: N } & FieldsOf<Shapes[N]['fields']> &
  PayloadOf<Shapes[N]['payload']>;

/** One WAMP message; `N` picks its type. */
export type WampMessage<N extends MessageName = MessageName> = {
  [K in N]: MessageOf<K>;
}[N];
