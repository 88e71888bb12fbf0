import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier/flat';
import * as jsonc from 'jsonc-eslint-parser';
import tseslint from 'typescript-eslint';
import { layerRules } from './tools/lint/layers.js';
import {
  systemDeadline,
  systemGlobals,
  systemImports,
  systemProperties,
  systemSyntax,
} from './tools/lint/system-access.js';
import { tellingFileNames } from './tools/lint/telling-file-names.js';

const sources = ['packages/*/src/**/*.ts', 'apps/*/src/**/*.ts'];
const tests = ['**/*.test.ts', '**/test/**/*.ts'];

const exportsByName = [
  {
    selector: 'ExportAllDeclaration',
    message: 'Name every export: `export *` makes whatever a file holds public.',
  },
  {
    selector: 'ExportDefaultDeclaration',
    message: 'Export by name: a default export has another name in every importing file.',
  },
];

const everyTestRuns = [
  {
    selector:
      'MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(skip|only|todo|failing)$/]',
    message: 'Every test runs: mend it or remove it.',
  },
  {
    selector: 'CallExpression[callee.name=/^(xit|xtest|xdescribe|fit|fdescribe)$/]',
    message: 'Every test runs: mend it or remove it.',
  },
];

export default tseslint.config(
  {
    ignores: ['**/dist', '**/out-tsc', '**/coverage', '**/src/gen/**', '.nx', 'tools/bench/**'],
  },
  {
    files: ['tools/**/*.{js,mjs}', '*.js'],
    rules: { eqeqeq: 'error', 'no-unused-vars': 'error', 'prefer-const': 'error' },
  },
  ...tseslint.configs.strict.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx, macula: { rules: { 'telling-file-names': tellingFileNames } } },
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@nx/enforce-module-boundaries': ['error', layerRules({ tests: false })],
      'macula/telling-file-names': 'error',
      'max-lines': ['error', 400],
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-globals': ['error', systemGlobals],
      'no-restricted-properties': ['error', ...systemProperties, systemDeadline],
      'no-restricted-imports': ['error', systemImports],
      'no-restricted-syntax': ['error', ...systemSyntax],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  {
    files: sources,
    ignores: tests,
    rules: { 'no-restricted-syntax': ['error', ...systemSyntax, ...exportsByName] },
  },
  {
    files: tests,
    rules: {
      '@nx/enforce-module-boundaries': ['error', layerRules({ tests: true })],
      'no-restricted-properties': ['error', ...systemProperties],
      'no-restricted-syntax': ['error', ...systemSyntax, ...everyTestRuns],
      // Random bytes as test data are fine; what a test does next must not depend on them.
      'no-restricted-imports': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    // The one place that reads the system's clock and randomness; and the virtual clock, which lets real I/O settle.
    files: ['packages/core/src/system/**/*.ts', 'packages/testkit/src/clock/**/*.ts'],
    rules: {
      'no-restricted-globals': 'off',
      'no-restricted-imports': 'off',
      'no-restricted-properties': 'off',
    },
  },
  {
    // Programs talk to their terminal.
    files: ['apps/**/*.ts'],
    rules: { 'no-console': 'off' },
  },
  {
    files: ['packages/*/package.json', 'apps/*/package.json'],
    languageOptions: { parser: jsonc },
    plugins: { '@nx': nx },
    rules: {
      '@nx/dependency-checks': [
        'error',
        {
          ignoredFiles: [
            '{projectRoot}/*.config.js',
            '{projectRoot}/src/**/*.test.ts',
            '{projectRoot}/test/**/*',
          ],
        },
      ],
    },
  },
  prettier,
);
