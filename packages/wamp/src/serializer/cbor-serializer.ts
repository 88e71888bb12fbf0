import { Encoder } from 'cbor-x';
import { ProtocolViolation } from '../errors.ts';
import { messageFromList, messageToList } from '../message/message-codec.ts';
import { cborForm, plainForm } from './cbor-value.ts';
import type { Serializer } from './serializer.ts';

/** Plain CBOR: none of cbor-x's own extensions, which others cannot read. */
const cbor = new Encoder({
  useRecords: false,
  mapsAsObjects: true,
  tagUint8Array: false,
  variableMapSize: true,
  copyBuffers: true,
});

/** `wamp.2.cbor`. */
export const cborSerializer: Serializer = {
  subprotocol: 'wamp.2.cbor',
  binary: true,

  encode(message) {
    // cbor-x reuses its buffer for the next message, and a socket may keep this one.
    return Uint8Array.from(cbor.encode(cborForm(messageToList(message))));
  },

  decode(data) {
    if (typeof data === 'string') throw new ProtocolViolation('CBOR must come as bytes');
    let list: unknown;
    try {
      list = plainForm(cbor.decode(data));
    } catch (cause) {
      throw new ProtocolViolation('the message is not CBOR', { cause });
    }
    return messageFromList(list);
  },
};
