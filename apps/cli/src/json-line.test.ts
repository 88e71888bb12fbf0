import { expect, test } from '@jest/globals';
import { jsonLine } from './json-line.ts';

test.each([
  [{ a: [1, 'x', null] }, '{"a":[1,"x",null]}\n'],
  [undefined, 'null\n'],
  [{ bytes: Uint8Array.of(1, 2, 255) }, '{"bytes":"AQL/"}\n'],
  [Buffer.from('hi'), '"aGk="\n'],
  [{ big: 2n ** 63n }, '{"big":"9223372036854775808"}\n'],
])('%p becomes %s', (value, line) => {
  expect(jsonLine(value)).toBe(line);
});
