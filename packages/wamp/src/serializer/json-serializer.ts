import { ProtocolViolation } from '../errors.ts';
import { messageFromList, messageToList } from '../message/message-codec.ts';
import { readable, rewritten } from './json-value.ts';
import type { Serializer } from './serializer.ts';

/** `wamp.2.json`. Bytes travel as WAMP has it: a string of U+0000 and their base64. */
export const jsonSerializer: Serializer = {
  subprotocol: 'wamp.2.json',
  binary: false,

  encode(message) {
    return JSON.stringify(rewritten(messageToList(message)));
  },

  decode(data) {
    if (typeof data !== 'string') throw new ProtocolViolation('JSON must come as text');
    let list: unknown;
    try {
      list = JSON.parse(data);
      // The escape is the only way to write U+0000 in JSON.
      if (data.includes('\\u0000')) list = readable(list);
    } catch (cause) {
      throw new ProtocolViolation('the message is not JSON', { cause });
    }
    return messageFromList(list);
  },
};
