// Finds the runnable examples in Markdown: fences that open with ```ts example or ```sh example.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The examples of one file: `{ file, line, language, code }`. Throws when a fence does not end. */
export function examplesIn(root, file) {
  const lines = readFileSync(join(root, file), 'utf8').split(/\r?\n/);
  const examples = [];
  for (let i = 0; i < lines.length; i++) {
    const language = /^```(ts|sh) example\s*$/.exec(lines[i])?.[1];
    if (!language) continue;
    const end = lines.indexOf('```', i + 1);
    if (end < 0) throw new Error(`${file}:${i + 1}: the example has no end`);
    examples.push({ file, line: i + 1, language, code: lines.slice(i + 1, end).join('\n') + '\n' });
    i = end;
  }
  return examples;
}
