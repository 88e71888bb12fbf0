/**
 * What a field of a message holds. `request`: the code of a request, in ERROR; `id0`: an ID, or 0 where the
 * router acts on its own; `details?`: a map that may be left out at the end.
 */
export type FieldKind = 'id' | 'id0' | 'uri' | 'text' | 'dict' | 'request' | 'details?';

export interface MessageShape {
  readonly code: number;
  readonly fields: readonly (readonly [name: string, kind: FieldKind])[];
  /** Arguments and named arguments may follow the fields. */
  readonly payload: boolean;
}

/** Every message of WAMP v2, basic and advanced profile: its code and its elements in order. */
export const messageShapes = {
  hello: shape(1, ['realm', 'uri'], ['details', 'dict']),
  welcome: shape(2, ['session', 'id'], ['details', 'dict']),
  abort: withPayload(3, ['details', 'dict'], ['reason', 'uri']),
  challenge: shape(4, ['method', 'text'], ['extra', 'dict']),
  authenticate: shape(5, ['signature', 'text'], ['extra', 'dict']),
  goodbye: shape(6, ['details', 'dict'], ['reason', 'uri']),
  error: withPayload(
    8,
    ['requestType', 'request'],
    ['request', 'id'],
    ['details', 'dict'],
    ['error', 'uri'],
  ),
  publish: withPayload(16, ['request', 'id'], ['options', 'dict'], ['topic', 'uri']),
  published: shape(17, ['request', 'id'], ['publication', 'id']),
  subscribe: shape(32, ['request', 'id'], ['options', 'dict'], ['topic', 'uri']),
  subscribed: shape(33, ['request', 'id'], ['subscription', 'id']),
  unsubscribe: shape(34, ['request', 'id'], ['subscription', 'id']),
  unsubscribed: shape(35, ['request', 'id0'], ['details', 'details?']),
  event: withPayload(36, ['subscription', 'id'], ['publication', 'id'], ['details', 'dict']),
  call: withPayload(48, ['request', 'id'], ['options', 'dict'], ['procedure', 'uri']),
  cancel: shape(49, ['request', 'id'], ['options', 'dict']),
  result: withPayload(50, ['request', 'id'], ['details', 'dict']),
  register: shape(64, ['request', 'id'], ['options', 'dict'], ['procedure', 'uri']),
  registered: shape(65, ['request', 'id'], ['registration', 'id']),
  unregister: shape(66, ['request', 'id'], ['registration', 'id']),
  unregistered: shape(67, ['request', 'id0'], ['details', 'details?']),
  invocation: withPayload(68, ['request', 'id'], ['registration', 'id'], ['details', 'dict']),
  interrupt: shape(69, ['request', 'id'], ['options', 'dict']),
  yield: withPayload(70, ['request', 'id'], ['options', 'dict']),
} as const;

/** The messages that ERROR may answer. */
export const requestNames = [
  'publish',
  'subscribe',
  'unsubscribe',
  'call',
  'cancel',
  'register',
  'unregister',
  'invocation',
  'interrupt',
] as const;

type Field = readonly [string, FieldKind];

function shape<const F extends readonly Field[]>(code: number, ...fields: F) {
  return { code, fields, payload: false } as const;
}

function withPayload<const F extends readonly Field[]>(code: number, ...fields: F) {
  return { code, fields, payload: true } as const;
}
