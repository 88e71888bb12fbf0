import { describe, expect, test } from '@jest/globals';
import {
  distinctAddresses,
  formatAddress,
  InvalidArgumentError,
  parseAddress,
  parseAddresses,
} from './index.ts';

describe('an address', () => {
  test.each([
    ['seed.example:4433', 'seed.example', 4433],
    ['10.0.0.1:1', '10.0.0.1', 1],
    ['[::1]:4433', '::1', 4433],
    ['[2001:db8::7]:65535', '2001:db8::7', 65535],
    ['https://seed.example:4433', 'seed.example', 4433],
    ['https://[::1]:4433/', '::1', 4433],
    ['macula://seed.example:4433', 'seed.example', 4433],
    ['quic://seed.example:4433', 'seed.example', 4433],
    ['  seed.example:4433 \n', 'seed.example', 4433],
    ['localhost:0', 'localhost', 0],
    ['my_seed-1.münchen.example:1', 'my_seed-1.münchen.example', 1],
  ])('%j is %s port %i', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
  });

  test('takes the default port where it names none', () => {
    expect(parseAddress('seed.example', 4433)).toEqual({ host: 'seed.example', port: 4433 });
    expect(parseAddress('https://[::1]', 443)).toEqual({ host: '::1', port: 443 });
    expect(parseAddress('seed.example:1', 4433).port).toBe(1);
  });

  test.each([
    'seed.example',
    '',
    ':4433',
    '::1:4433',
    '[seed.example]:4433',
    '[::1',
    'seed.example:65536',
    'seed.example:-1',
    'seed.example:port',
    'seed.example:4433/path',
    'http://seed.example:4433',
    'a b:1',
    `${'ab'.repeat(32)}@127.0.0.1:4433`,
    'seed.example?x:4433',
    'a,b:4433',
    'fe80::1%eth0:4433',
  ])('%j is refused', (text) => {
    expect(() => parseAddress(text)).toThrow(InvalidArgumentError);
    expect(() => parseAddress(text)).toThrow('for example seed.example:4433 or [::1]:4433');
  });

  test.each(['seed.example:4433', '10.0.0.1:1', '[2001:db8::7]:9'])(
    '%s is written as it is read',
    (text) => {
      expect(formatAddress(parseAddress(text))).toBe(text);
    },
  );

  test('is kept once of many, in the place where it came first', () => {
    const [one, other] = [parseAddress('10.0.0.1:1'), parseAddress('[::1]:1')];
    expect(distinctAddresses([one, other, { ...one }, { ...other, port: 2 }])).toEqual([
      one,
      other,
      { ...other, port: 2 },
    ]);
  });
});

describe('a list of addresses', () => {
  test('has commas between them, and may have blanks and empty places', () => {
    expect(parseAddresses('a:1, [::1]:2 ,,b', 4433)).toEqual([
      { host: 'a', port: 1 },
      { host: '::1', port: 2 },
      { host: 'b', port: 4433 },
    ]);
    expect(parseAddresses(' , ')).toEqual([]);
  });

  test('is refused for one that is none', () => {
    expect(() => parseAddresses('a:1,b')).toThrow(InvalidArgumentError);
    expect(() => parseAddresses('a:1,b')).toThrow('"b" is not an address');
  });
});
