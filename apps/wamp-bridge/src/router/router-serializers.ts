import { valueForJson, valueFromJson } from '@macula/wamp';
import { CborSerializer } from 'wampy/CborSerializer.js';
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js';

/** A serializer as wampy takes it. */
export interface RouterSerializer {
  readonly protocol: 'json' | 'msgpack' | 'cbor';
  readonly isBinary: boolean;
  /** Throws RangeError where a value is nested too deeply. */
  encode(message: readonly unknown[]): string | Uint8Array;
  /** A list is given back as it is: then the message had been decoded before. */
  decode(data: unknown): unknown;
}

/** JSON as WAMP has it: bytes are strings of U+0000 and their base64, integers beyond 2^53 text. */
const json: RouterSerializer = {
  protocol: 'json',
  isBinary: false,
  encode: (message) => JSON.stringify(valueForJson(message)),
  decode(data) {
    if (Array.isArray(data)) return data;
    const text = String(data);
    const message: unknown = JSON.parse(text);
    // The escape is the only way to write U+0000 in JSON.
    return text.includes('\\u0000') ? valueFromJson(message) : message;
  },
};

function binary(
  protocol: 'msgpack' | 'cbor',
  serializer: { encode(data: unknown): Uint8Array; decode(data: Uint8Array): unknown },
): RouterSerializer {
  return {
    protocol,
    isBinary: true,
    encode: (message) => serializer.encode(message),
    decode: (data) => (Array.isArray(data) ? data : serializer.decode(data as Uint8Array)),
  };
}

export const routerSerializers: Readonly<Record<RouterSerializer['protocol'], RouterSerializer>> = {
  json,
  msgpack: binary('msgpack', new MsgpackSerializer() as never),
  cbor: binary('cbor', new CborSerializer() as never),
};
