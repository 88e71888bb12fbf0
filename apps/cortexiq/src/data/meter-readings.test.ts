import { describe, expect, it } from '@jest/globals';
import { DataFileError } from './data-file-error.ts';
import { readMeterReadings } from './meter-readings.ts';

const header = 'hour_index,home_id,consumption_w,production_w\n';
const read = (rows: string) => readMeterReadings('homes.csv', header + rows, ['a', 'b']);

describe('homes.csv', () => {
  it('gives each home its series, in whatever order an hour names the homes', () => {
    const [a, b] = read('0,a,10,1\n0,b,20,2\n1,b,21,3\n1,a,11,4\n');
    expect([...a!.consumptionW, ...a!.productionW]).toEqual([10, 11, 1, 4]);
    expect([...b!.consumptionW, ...b!.productionW]).toEqual([20, 21, 2, 3]);
  });

  it.each([
    [
      'begins later',
      '1,a,1,1\n',
      'homes.csv:2:1: hour_index: is 1 where hour 0 has no reading of a yet',
    ],
    [
      'leaves a home out',
      '0,a,1,1\n1,a,1,1\n',
      'homes.csv:3:1: hour_index: is 1 where hour 0 has no reading of b yet',
    ],
    [
      'leaves an hour out',
      '0,a,1,1\n0,b,1,1\n2,a,1,1\n',
      'homes.csv:4:1: hour_index: is 2 where hour 1',
    ],
    [
      'goes back',
      '0,a,1,1\n0,b,1,1\n1,a,1,1\n0,b,1,1\n',
      'homes.csv:5:1: hour_index: is 0 after hour 1 has begun',
    ],
    ['names a stranger', '0,a,1,1\n0,x,1,1\n', 'homes.csv:3:3: home_id: "x" is not in homes.json'],
    [
      'names a home twice',
      '0,a,1,1\n0,a,1,1\n',
      'homes.csv:3:3: home_id: a is there twice in hour 0',
    ],
    ['has a negative reading', '0,a,1,-1\n', 'homes.csv:2:7: production_w: is negative: -1'],
    [
      'has an impossible reading',
      '0,a,9000000,1\n',
      'homes.csv:2:5: consumption_w: 9000000 W is more than 1000000 W',
    ],
    [
      'ends within an hour',
      '0,a,1,1\n0,b,1,1\n1,b,1,1\n',
      'homes.csv:4: the file ends before hour 1 has a reading of a: 1 of 2 homes',
    ],
    [
      'holds no hour',
      '',
      'homes.csv:1: the file ends before hour 0 has a reading of a: 0 of 2 homes',
    ],
  ])('that %s is refused', (_, rows, message) => {
    expect(() => read(rows)).toThrow(DataFileError);
    expect(() => read(rows)).toThrow(message);
  });
});
