// Writes docs/crdt-api.md from the sources: every export of every entry point with its comment and declaration.
//   node packages/crdt/tools/api-reference.mjs [--check]
// With --check it writes nothing, and fails when the file is not what it would write.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import ts from 'typescript';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const target = join(root, 'docs/crdt-api.md');
const entryPoints = [
  ['@macula/crdt', 'src/index.ts'],
  ['@macula/crdt/level', 'src/level/index.ts'],
  ['@macula/crdt/testing', 'src/testing/index.ts'],
];

const lines = [
  '# API of @macula/crdt',
  '',
  'Made from the sources by `node packages/crdt/tools/api-reference.mjs`. The [README](../packages/crdt/README.md) says what it is for.',
  '',
];
for (const [name, file] of entryPoints) {
  lines.push(`## ${name}`, '');
  for (const exported of exportsOf(join(root, 'packages/crdt', file)))
    lines.push(...section(exported));
}

const options = { ...(await resolveConfig(target)), parser: 'markdown', filepath: target };
const text = await format(lines.join('\n'), options);
if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (readFileSync(target, 'utf8') !== text) {
  console.error('docs/crdt-api.md is out of date: run node packages/crdt/tools/api-reference.mjs');
  process.exit(1);
}

/** What an index file exports by name: the name, and its declaration in the file it comes from. */
function exportsOf(index) {
  const found = [];
  for (const statement of parse(index).statements) {
    if (!ts.isExportDeclaration(statement) || statement.exportClause === undefined) continue;
    const source = parse(join(index, '..', statement.moduleSpecifier.text));
    for (const { name } of statement.exportClause.elements) {
      const declaration = source.statements.find((each) => nameOf(each) === name.text);
      if (declaration === undefined) throw new Error(`${index} exports ${name.text} from nowhere`);
      found.push({ name: name.text, declaration, source });
    }
  }
  return found.sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
}

function parse(file) {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
}

function nameOf(statement) {
  if (ts.isVariableStatement(statement)) return statement.declarationList.declarations[0].name.text;
  return statement.name?.text;
}

function section({ name, declaration, source }) {
  const comment = ts
    .getJSDocCommentsAndTags(declaration)
    .map(({ comment: text }) => (typeof text === 'string' ? text : ''))
    .join('\n');
  const code = signature(declaration, source).replace(/^export /, '');
  return [`### ${name}`, '', ...(comment ? [comment, ''] : []), '```ts', code, '```', ''];
}

/** The declaration without what it is made of. */
function signature(declaration, source) {
  const text = declaration.getText(source);
  const upTo = (node) => text.slice(0, node.getStart(source) - declaration.getStart(source)).trim();
  if (ts.isFunctionDeclaration(declaration)) return `${upTo(declaration.body)};`;
  if (ts.isVariableStatement(declaration)) {
    const [{ initializer, type }] = declaration.declarationList.declarations;
    return type === undefined ? text : `${upTo(initializer).replace(/=$/, '').trim()};`;
  }
  if (!ts.isClassDeclaration(declaration)) return text;
  const members = declaration.members
    .filter((each) => !each.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword))
    .map((each) => (each.body === undefined ? each.getText(source) : memberUpToBody(each, source)));
  const head = text.slice(0, text.indexOf('{') + 1);
  return [head, ...members.map((member) => `  ${member}`), '}'].join('\n');
}

function memberUpToBody(member, source) {
  const text = member.getText(source);
  return `${text.slice(0, member.body.getStart(source) - member.getStart(source)).trim()};`;
}
