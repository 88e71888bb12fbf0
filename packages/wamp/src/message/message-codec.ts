import { isDict } from '../dict.ts';
import { ProtocolViolation } from '../errors.ts';
import { isId } from '../wamp-id.ts';
import type { MessageName, RequestName, WampMessage } from './message.ts';
import {
  type FieldKind,
  type MessageShape,
  messageShapes,
  requestNames,
} from './message-shapes.ts';

const shapeOf: Readonly<Record<MessageName, MessageShape>> = messageShapes;
const nameOfCode = new Map<unknown, MessageName>(
  (Object.keys(messageShapes) as MessageName[]).map((name) => [shapeOf[name].code, name]),
);
const requestOfCode = new Map<unknown, RequestName>(
  requestNames.map((name) => [shapeOf[name].code, name]),
);

/** The list that stands for a message: its code, its fields, then arguments as far as there are any. */
export function messageToList(message: WampMessage): unknown[] {
  const { code, fields, payload } = shapeOf[message.type];
  const values = message as unknown as Readonly<Record<string, unknown>>;
  const list: unknown[] = [code];
  for (const [name, kind] of fields) {
    const value = values[name];
    if (kind === 'request') list.push(shapeOf[value as RequestName].code);
    else if (kind !== 'details?' || value !== undefined) list.push(value);
  }
  if (!payload) return list;
  const { args, kwargs } = values;
  if (kwargs !== undefined) list.push(args ?? [], kwargs);
  else if (args !== undefined) list.push(args);
  return list;
}

/** The inverse of `messageToList`, for whatever a peer sent. Throws ProtocolViolation. */
export function messageFromList(list: unknown): WampMessage {
  if (!Array.isArray(list)) throw new ProtocolViolation('a message must be a list');
  const [code] = list as unknown[];
  const type = nameOfCode.get(plainNumber(code));
  if (type === undefined) {
    throw new ProtocolViolation(`${shown(code)} is not the code of a message`);
  }
  const { fields, payload } = shapeOf[type];
  const longest = 1 + fields.length + (payload ? 2 : 0);
  if (list.length > longest) {
    throw new ProtocolViolation(
      `${type} has ${list.length} elements, more than the ${longest} it may have`,
    );
  }
  const message: Record<string, unknown> = { type };
  for (const [index, [name, kind]] of fields.entries()) {
    const value = readField(kind, (list as unknown[])[index + 1]);
    if (value === invalid) {
      throw new ProtocolViolation(`the ${name} of ${type} must be ${wording[kind]}`);
    }
    if (value !== undefined) message[name] = value;
  }
  if (payload) readPayload(type, list as unknown[], 1 + fields.length, message);
  return message as unknown as WampMessage;
}

const invalid = Symbol('invalid');

const wording: Readonly<Record<FieldKind, string>> = {
  id: 'an ID from 1 to 2^53 - 1',
  id0: 'an ID from 0 to 2^53 - 1',
  uri: 'a string',
  text: 'a string',
  dict: 'a map',
  request: 'the code of a request',
  'details?': 'a map',
};

function readField(kind: FieldKind, value: unknown): unknown {
  switch (kind) {
    case 'id':
    case 'id0': {
      const id = plainNumber(value);
      return isId(id) || (kind === 'id0' && id === 0) ? id : invalid;
    }
    case 'uri':
    case 'text':
      return typeof value === 'string' ? value : invalid;
    case 'dict':
      return isDict(value) ? value : invalid;
    case 'request':
      return requestOfCode.get(plainNumber(value)) ?? invalid;
    case 'details?':
      return value === undefined || isDict(value) ? value : invalid;
  }
}

function readPayload(
  type: MessageName,
  list: readonly unknown[],
  at: number,
  message: Record<string, unknown>,
): void {
  if (list.length <= at) return;
  const args = list[at];
  if (!Array.isArray(args)) throw new ProtocolViolation(`the arguments of ${type} must be a list`);
  message['args'] = args;
  if (list.length === at + 1) return;
  const kwargs = list[at + 1];
  if (!isDict(kwargs)) throw new ProtocolViolation(`the named arguments of ${type} must be a map`);
  message['kwargs'] = kwargs;
}

/** Binary serializers give some integers as bigints. */
function plainNumber(value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

function shown(value: unknown): string {
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : typeof value;
}
