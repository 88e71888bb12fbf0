import { decodeValue, encodeCanonical } from '@macula/wire';
import { ProtocolViolation } from '../errors.ts';
import { messageFromList, messageToList } from '../message/message-codec.ts';
import type { Serializer } from './serializer.ts';

/** `wamp.2.msgpack`, in canonical form: IDs above 2^32 are integers there, as clients in typed languages insist. */
export const msgpackSerializer: Serializer = {
  subprotocol: 'wamp.2.msgpack',
  binary: true,

  encode(message) {
    return encodeCanonical(messageToList(message));
  },

  decode(data) {
    if (typeof data === 'string') throw new ProtocolViolation('MessagePack must come as bytes');
    let list: unknown;
    try {
      list = decodeValue(data);
    } catch (cause) {
      throw new ProtocolViolation('the message is not MessagePack', { cause });
    }
    return messageFromList(list);
  },
};
