import { expect, it } from '@jest/globals';
import { hourLabel, timestampOf } from './calendar.ts';

it.each([
  [0, '2016-07-31T23:00:00', '31 Jul 23:00'],
  [1, '2016-08-01T00:00:00', '1 Aug 00:00'],
  [24, '2016-08-01T23:00:00', '1 Aug 23:00'],
  [8_759, '2017-07-31T22:00:00', '31 Jul 22:00'],
])('hour %i is %s', (hour, timestamp, label) => {
  expect(timestampOf(hour)).toBe(timestamp);
  expect(hourLabel(hour)).toBe(label);
});
