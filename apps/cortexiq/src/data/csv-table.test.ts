import { describe, expect, it } from '@jest/globals';
import { readCsv } from './csv-table.ts';
import { DataFileError } from './data-file-error.ts';

interface Read {
  line: number;
  name: string;
  watts: number;
}

function read(text: string): Read[] {
  const rows: Read[] = [];
  readCsv('t.csv', text, ['name', 'watts'], (row) => {
    rows.push({ line: row.line, name: row.text('name'), watts: row.whole('watts') });
  });
  return rows;
}

describe('a CSV file', () => {
  it.each([
    ['LF', 'name,watts\na,1\nb,2\n'],
    ['CRLF, without a last line end', 'name,watts\r\na,1\r\nb,2'],
    ['a byte order mark', '\uFEFFname,watts\na,1\nb,2\n'],
    ['other columns, in another order', 'watts,unit,name\n1,W,a\n2,W,b\n'],
    ['quotes and spaces', '"name", watts\n"a", 1\n"b",2 \n'],
    ['numbers that are whole all the same', 'name,watts\na,1.0\nb,2e0\n'],
  ])('is read with %s', (_, text) => {
    expect(read(text).map(({ name, watts }) => ({ name, watts }))).toEqual([
      { name: 'a', watts: 1 },
      { name: 'b', watts: 2 },
    ]);
  });

  it('numbers its lines as an editor does, also past empty ones', () => {
    expect(read('name,watts\n\na,1\n\n\nb,2\n').map(({ line }) => line)).toEqual([3, 6]);
  });

  it('may have a header and nothing else', () => {
    expect(read('name,watts\n')).toEqual([]);
  });

  it.each([
    ['nothing', '', 't.csv:1: the file is empty'],
    ['no header that fits', 'name,volts\na,1\n', 't.csv:1: missing column watts; the first line'],
    ['a row that ends early', 'name,watts\na,1\nb\n', 't.csv:3:2: 1 fields where the first line'],
    ['a row that is too long', 'name,watts\na,1,7\n', 't.csv:2:6: 3 fields where the first line'],
    ['an empty field', 'name,watts\na,\n', 't.csv:2:3: watts: is empty'],
    [
      'a word for a number',
      'name,watts\na,1\nb,many\n',
      't.csv:3:3: watts: is not a number: "many"',
    ],
    ['hexadecimal', 'name,watts\na,0x10\n', 't.csv:2:3: watts: is not a number: "0x10"'],
    ['NaN', 'name,watts\na,NaN\n', 't.csv:2:3: watts: is not a number: "NaN"'],
    ['too large a number', 'name,watts\na,1e999\n', 't.csv:2:3: watts: is too large: 1e999'],
    ['a negative number', 'name,watts\nabc,-5\n', 't.csv:2:5: watts: is negative: -5'],
    ['a fraction', 'name,watts\nabc,1.5\n', 't.csv:2:5: watts: is not a whole number: 1.5'],
    ['a comma in quotes before', 'name,watts\n"a,b",x\n', 't.csv:2:7: watts: is not a number'],
    ['a quote that never ends', 'name,watts\na,"1\nb,2\n', 't.csv:3: no valid CSV'],
    ['a quote within a field', 'name,watts\na,1"2"\n', 't.csv:2: no valid CSV'],
  ])('with %s is refused, and told where', (_, text, message) => {
    expect(() => read(text)).toThrow(DataFileError);
    expect(() => read(text)).toThrow(message);
  });

  it('of random bytes is refused, not crashed on', () => {
    const bytes = Buffer.from(Array.from({ length: 500 }, (_, index) => (index * 37 + 11) % 256));
    expect(() => read(bytes.toString('latin1'))).toThrow(DataFileError);
  });
});
