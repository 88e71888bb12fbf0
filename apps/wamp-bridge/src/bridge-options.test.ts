import { describe, expect, test } from '@jest/globals';
import { parseBridgeOptions } from './bridge-options.ts';
import { parseConfig } from './config/read-config.ts';
import { crossingsText, describeCrossings } from './describe-crossings.ts';

const exit = (code: number, message: string): never => {
  throw new Error(`${code} ${message}`);
};

describe('the command line', () => {
  test('has defaults for everything', () => {
    expect(parseBridgeOptions([], exit)).toEqual({
      config: 'bridge.yaml',
      check: false,
      schema: false,
      json: false,
      logLevel: 'info',
    });
  });

  test.each([
    [['--nonsense'], /^2 .*unknown option/],
    [['--log-level', 'loud'], /^2 .*Allowed choices/],
    [['--help'], /^0 /],
    [['--version'], /^0 \d+\.\d+\.\d+$/],
  ])('%j ends the program', (args, expected) => {
    expect(() => parseBridgeOptions(args, exit)).toThrow(expected);
  });
});

test('a check says what would cross, by dialect', () => {
  const config = parseConfig(
    `
router: { url: 'ws://r/ws', dialect: static }
mesh: { realm: be.example, bootstrap: ['a:4433'] }
events: [{ router: a.**, direction: to-mesh, topics: [a.b], qos: 1 }, { router: b.c, direction: to-router }]
procedures: [{ router: a.**, mesh: x.**, procedures: [a.f] }, { router: p.**, direction: to-router }]
`,
    {},
  );
  expect(
    describeCrossings(config).map(({ from, name, to, when }) => [from, name, to, when]),
  ).toEqual([
    ['router', 'a.**', 'a.**', 'when the mesh subscribes (patterns: a.b), acknowledged'],
    ['mesh', 'b.c', 'b.c', 'always'],
    ['router', 'a.**', 'x.**', 'when the mesh offers it'],
    ['mesh', 'x.**', 'a.**', 'always: a.f'],
    ['mesh', 'p.**', 'p.**', 'always: nothing: procedures is empty'],
  ]);
  const text = crossingsText(config);
  expect(text).toContain('dialect static');
  expect(text).toContain('a:4433');
  expect(crossingsText({ ...config, events: [], procedures: [] })).toContain('nothing crosses');
});
