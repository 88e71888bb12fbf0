import { describe, expect, it } from '@jest/globals';
import { DataFileError } from './data-file-error.ts';
import { readHomeCatalogue } from './home-catalogue.ts';

const home = { id: 'a', pv_kw: 4, battery_kwh: 6.4, battery_kw: 5 };
const read = (value: unknown) => readHomeCatalogue('homes.json', JSON.stringify(value));

describe('homes.json', () => {
  it('lists the homes', () => {
    expect(read([home])).toEqual([{ id: 'a', pvKw: 4, batteryKwh: 6.4, batteryKw: 5 }]);
  });

  it.each<[string, unknown, string]>([
    ['no list', { homes: [] }, 'homes.json: '],
    ['no homes', [], 'homes.json: must hold at least one home'],
    [
      'a missing field',
      [home, { ...home, id: 'b', battery_kwh: undefined }],
      'homes.json: [1].battery_kwh: ',
    ],
    ['a word for a number', [{ ...home, pv_kw: '4' }], 'homes.json: [0].pv_kw: '],
    ['a negative capacity', [{ ...home, battery_kwh: -1 }], 'homes.json: [0].battery_kwh: '],
    ['an ID that is none', [{ ...home, id: 'Home 1' }], 'homes.json: [0].id: must be 1 to 64'],
    ['a home twice', [home, home], 'homes.json: [1].id: a is there twice'],
  ])('with %s is refused, and told where', (_, value, message) => {
    expect(() => read(value)).toThrow(DataFileError);
    expect(() => read(value)).toThrow(message);
  });

  it.each([
    ['[\n  {"id": "a",, }\n]', 'homes.json:2:14: no valid JSON'],
    ['[\n  {"id": "a"', 'homes.json:2:13: no valid JSON'],
    ['', 'homes.json:1:1: no valid JSON'],
  ])('that is no JSON is refused at line and character: %j', (text, message) => {
    expect(() => readHomeCatalogue('homes.json', text)).toThrow(message);
  });
});
