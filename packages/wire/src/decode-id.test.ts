import { expect, test } from '@jest/globals';
import { ProtocolError } from '@macula/core';
import { decodeDirectoryKey, decodeNodeId, MalformedMessageError } from './index.ts';

test('IDs of peers are read', () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i);
  expect(decodeNodeId(bytes, 'an ID').bytes).toEqual(bytes);
  expect(decodeDirectoryKey(bytes, 'a key').bytes).toEqual(bytes);
});

test.each([0, 31, 33])('of %i bytes they are refused as a violation of the protocol', (length) => {
  for (const decode of [decodeNodeId, decodeDirectoryKey]) {
    const refused = () => decode(new Uint8Array(length), 'a target');
    expect(refused).toThrow(MalformedMessageError);
    expect(refused).toThrow(ProtocolError);
    expect(refused).toThrow(`a target has ${length} bytes instead of 32`);
  }
});
