import { isDict } from '../dict.ts';

const deepest = 128;
const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * `value` as JSON can say it: bytes become U+0000 and base64, integers beyond 2^53 text, `undefined` null. Gives
 * `value` itself where nothing has to change, which is nearly always.
 */
export function rewritten(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'object':
      break;
    case 'bigint':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
    case 'undefined':
      return null;
    default:
      return value;
  }
  if (value === null) return value;
  if (depth > deepest) throw new RangeError(`a message is nested deeper than ${deepest} levels`);
  if (value instanceof Uint8Array) return textOfBytes(value);
  if (Array.isArray(value)) return rewrittenList(value, depth);
  return isDict(value) ? rewrittenDict(value, depth) : value;
}

function rewrittenList(list: readonly unknown[], depth: number): readonly unknown[] {
  let copy: unknown[] | undefined;
  for (let i = 0; i < list.length; i++) {
    const element = rewritten(list[i], depth + 1);
    if (element !== list[i]) (copy ??= [...list])[i] = element;
  }
  return copy ?? list;
}

function rewrittenDict(dict: Readonly<Record<string, unknown>>, depth: number): object {
  let copy: [string, unknown][] | undefined;
  for (const key of Object.keys(dict)) {
    const element = rewritten(dict[key], depth + 1);
    if (element !== dict[key]) (copy ??= []).push([key, element]);
  }
  return copy === undefined ? dict : Object.fromEntries([...Object.entries(dict), ...copy]);
}

function textOfBytes({ buffer, byteOffset, length }: Uint8Array): string {
  return `\0${Buffer.from(buffer, byteOffset, length).toString('base64')}`;
}

/** The inverse for parsed JSON: strings that stand for bytes become them. Throws RangeError where it is too deep. */
export function readable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return bytesOfText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepest) throw new RangeError(`a message is nested deeper than ${deepest} levels`);
  if (Array.isArray(value)) return value.map((element) => readable(element, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, element]) => [key, readable(element, depth + 1)]),
  );
}

function bytesOfText(text: string): string | Uint8Array {
  if (!text.startsWith('\0') || !base64.test(text.slice(1))) return text;
  return new Uint8Array(Buffer.from(text.slice(1), 'base64'));
}
