// Proves that the lint rules bite: lints small offending sources as if they stood in a package, and expects exactly
// the rule that forbids each; and that what is allowed passes.   node tools/check-lint-rules.mjs
import { fileURLToPath } from 'node:url';
import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { report } from './child-process.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const layers = '@nx/enforce-module-boundaries';
const globals = 'no-restricted-globals';
const properties = 'no-restricted-properties';
const imports = 'no-restricted-imports';
const syntax = 'no-restricted-syntax';

/** Each: what it shows, the file it pretends to be, its text, and the rule that must refuse it (none: it must pass). */
const cases = [
  ['core imports nothing', 'packages/core/src/x.ts', use('@macula/wire'), layers],
  ['wire does not import identity', 'packages/wire/src/x.ts', use('@macula/identity'), layers],
  [
    'identity does not import transport',
    'packages/identity/src/x.ts',
    use('@macula/transport'),
    layers,
  ],
  [
    'transport does not import overlays',
    'packages/transport/src/x.ts',
    use('@macula/swim'),
    layers,
  ],
  [
    'overlays do not import transport',
    'packages/pubsub/src/x.ts',
    use('@macula/transport'),
    layers,
  ],
  ['overlays do not import each other', 'packages/pubsub/src/x.ts', use('@macula/dht'), layers],
  ['overlays do not import node', 'packages/rpc/src/x.ts', use('@macula/node'), layers],
  ['sources do not import testkit', 'packages/dht/src/x.ts', use('@macula/testkit'), layers],
  [
    'testkit does not import transport',
    'packages/testkit/src/x.ts',
    use('@macula/transport'),
    layers,
  ],
  ['node does not import testkit', 'packages/node/src/x.ts', use('@macula/testkit'), layers],
  [
    'packages are not entered by path',
    'packages/node/src/x.ts',
    use('../../rpc/src/index.ts'),
    layers,
  ],
  ['tests do not import other overlays', 'packages/swim/src/x.test.ts', use('@macula/dht'), layers],
  [
    "core's tests do not import testkit",
    'packages/core/src/x.test.ts',
    use('@macula/testkit'),
    layers,
  ],
  [
    'overlays import core and wire',
    'packages/pubsub/src/x.ts',
    use('@macula/core', '@macula/wire'),
  ],
  ['tests import testkit', 'packages/swim/src/x.test.ts', use('@macula/testkit')],
  ['node imports the packages', 'packages/node/src/x.ts', use('@macula/rpc', '@macula/transport')],
  ['apps import anything', 'apps/seed/src/x.ts', use('@macula/core', '@macula/node')],

  ['Date.now', 'packages/pubsub/src/x.ts', 'export const x = Date.now();', properties],
  ['new Date()', 'packages/swim/src/x.ts', 'export const x = new Date();', syntax],
  ['new Date(0)', 'packages/swim/src/x.ts', 'export const x = new Date(0);'],
  ['Math.random', 'packages/dht/src/x.ts', 'export const x = Math.random();', properties],
  ['performance', 'packages/rpc/src/x.ts', 'export const x = performance.now();', globals],
  ['setTimeout', 'packages/transport/src/x.ts', 'setTimeout(() => undefined, 1);', globals],
  [
    'globalThis.setTimeout',
    'packages/rpc/src/x.ts',
    'globalThis.setTimeout(() => undefined, 1);',
    globals,
  ],
  ['setInterval', 'packages/node/src/x.ts', 'setInterval(() => undefined, 1);', globals],
  ['setImmediate', 'packages/crdt/src/x.ts', 'setImmediate(() => undefined);', globals],
  [
    'process.hrtime',
    'packages/wire/src/x.ts',
    'export const x = process.hrtime.bigint();',
    properties,
  ],
  [
    'AbortSignal.timeout',
    'packages/rpc/src/x.ts',
    'export const x = AbortSignal.timeout(5);',
    properties,
  ],
  [
    'node:timers',
    'packages/rpc/src/x.ts',
    "import { setTimeout as x } from 'node:timers/promises';\nexport { x };",
    imports,
  ],
  [
    'randomBytes',
    'packages/dht/src/x.ts',
    "import { randomBytes } from 'node:crypto';\nexport { randomBytes };",
    imports,
  ],
  ['sleeps in tests', 'packages/dht/src/x.test.ts', 'setTimeout(() => undefined, 1);', globals],
  ['timers in apps', 'apps/seed/src/x.ts', 'setTimeout(() => undefined, 1);', globals],
  ['queueMicrotask', 'packages/rpc/src/x.ts', 'queueMicrotask(() => undefined);'],
  [
    "core's system clock",
    'packages/core/src/system/x.ts',
    'export const x = Date.now() + performance.now();',
  ],

  ['export *', 'packages/core/src/x.ts', "export * from './id.ts';", syntax],
  ['default exports', 'packages/core/src/x.ts', 'export default 1;', syntax],
  [
    'tests switched off',
    'packages/core/src/x.test.ts',
    "import { it } from '@jest/globals';\nit.skip('x', () => undefined);",
    syntax,
  ],
  ['console in packages', 'packages/core/src/x.ts', "console.log('x');", 'no-console'],
  ['console in apps', 'apps/seed/src/x.ts', "console.log('x');"],
  ['utils.ts', 'packages/core/src/utils.ts', 'export const x = 1;', 'macula/telling-file-names'],
  [
    'link-manager.ts',
    'packages/core/src/link-manager.ts',
    'export const x = 1;',
    'macula/telling-file-names',
  ],
  ['401 lines', 'packages/core/src/x.ts', 'export const x = 1;\n' + '\n'.repeat(400), 'max-lines'],
  [
    'any',
    'packages/core/src/x.ts',
    'export const x: any = 1;',
    '@typescript-eslint/no-explicit-any',
  ],
];

function use(...names) {
  return names
    .map((name, i) => `import { x as x${i} } from '${name}';\nexport { x${i} };`)
    .join('\n');
}

// The layer rule reads the project graph that Nx keeps, and passes everything when there is none.
await createProjectGraphAsync();
const eslint = new ESLint({
  cwd: root,
  // Rules that need types cannot look at files that do not exist.
  overrideConfig: [{ ...tseslint.configs.disableTypeChecked, files: ['**/*.ts'] }],
});

const results = [];
for (const [name, filePath, text, rule] of cases) {
  const started = performance.now();
  const [{ messages }] = await eslint.lintText(text, { filePath });
  const found = [...new Set(messages.map(({ ruleId, message }) => ruleId ?? message))];
  const wanted = rule === undefined ? [] : [rule];
  results.push({
    name: `${rule === undefined ? 'allowed' : 'refused'}: ${name}`,
    ok: found.join() === wanted.join(),
    output: `expected ${wanted.join() || 'nothing'}, found ${found.join() || 'nothing'}`,
    seconds: (performance.now() - started) / 1000,
  });
}
process.exit(report(results) ? 0 : 1);
