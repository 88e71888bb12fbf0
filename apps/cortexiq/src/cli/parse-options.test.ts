import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CommanderError } from 'commander';
import { parseOptions } from './parse-options.ts';

let written = '';
let spies: { mockRestore(): void }[] = [];

beforeEach(() => {
  written = '';
  spies = [process.stdout, process.stderr].map((stream) =>
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      written += String(text);
      return true;
    }),
  );
});

afterEach(() => spies.forEach((spy) => spy.mockRestore()));

describe('the command line', () => {
  it('has defaults that can be watched: a summer day of 14 homes in 24 seconds', () => {
    expect(parseOptions([])).toMatchObject({
      homes: 14,
      hours: 24,
      from: 0,
      speed: 1,
      json: false,
      homesPerProcess: 100,
      homesOn: 'mesh',
    });
    expect(parseOptions([]).data).toMatch(/data$/);
  });

  it('has a home for each process that is asked for', () => {
    expect(parseOptions(['--processes', '30']).homes).toBe(24);
    expect(parseOptions(['--processes', '7']).homes).toBe(14);
    expect(parseOptions(['--processes', '30', '--homes', '25']).homes).toBe(25);
  });

  it('takes all options', () => {
    const args =
      '--homes 400 --hours 48 --from 7 --speed max --data d --homes-per-process 50 --homes-on facade --json';
    expect(parseOptions(args.split(' '))).toEqual({
      homes: 400,
      hours: 48,
      from: 7,
      speed: Infinity,
      data: 'd',
      homesPerProcess: 50,
      homesOn: 'facade',
      json: true,
    });
    expect(parseOptions(['--speed', '.5']).speed).toBe(0.5);
    expect(parseOptions(['--processes', '30']).processes).toBe(30);
    for (const where of ['mesh', 'fox-wamp', 'ws://10.0.0.1:8080/ws', 'wss://router.example/ws']) {
      expect(parseOptions(['--homes-on', where]).homesOn).toBe(where);
    }
  });

  it.each([
    [['--homes', '0'], '--homes must be a whole number from 1 to 10000'],
    [['--homes', '1.5'], '--homes must be'],
    [['--hours', '-1'], '--hours must be'],
    [['--hours', 'all'], '--hours must be'],
    [['--speed', '0'], '--speed must be a number above 0, or max'],
    [['--speed', 'fast'], '--speed must be'],
    [['--homes-per-process', '101'], '--homes-per-process must be a whole number from 1 to 100'],
    [['--processes', '6'], '--processes must be a whole number from 7 to 30'],
    [['--processes', '31'], '--processes must be a whole number from 7 to 30'],
    [['--processes', '9', '--homes-per-process', '5'], 'cannot be used with option'],
    [['--homes-on', 'bondy'], '--homes-on must be mesh, facade, fox-wamp, or the address'],
    [['--homes-on', 'http://router'], '--homes-on must be'],
    [['--homes-on', 'ws://'], '--homes-on must be'],
    [['--color'], "unknown option '--color'"],
    [['now'], 'too many arguments'],
  ])('%j is refused with what is wrong', (args, message) => {
    expect(() => parseOptions(args)).toThrow(CommanderError);
    expect(written).toContain(message);
  });

  it('explains itself', () => {
    expect(() => parseOptions(['--help'])).toThrow(CommanderError);
    const options = [
      '--homes',
      '--hours',
      '--from',
      '--speed',
      '--data',
      '--processes',
      '--json',
      '--homes-on',
    ];
    for (const option of options) expect(written).toContain(option);
  });
});
