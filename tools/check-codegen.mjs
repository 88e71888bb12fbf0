// Verifies that packages/wire/src/gen is what tools/codegen.mjs makes of packages/wire/proto; names what differs.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const checkedIn = join(root, 'packages/wire/src/gen');

/** Every file below `folder`, by its path from there. */
function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)));
}

/** What is wrong with one file, or undefined. */
function differenceOf(file, generated) {
  const [current, fresh] = [join(checkedIn, file), join(generated, file)];
  if (!existsSync(current)) return `${file} is missing`;
  if (!existsSync(fresh)) return `${file} has no .proto file any more: delete it`;
  return readFileSync(current).equals(readFileSync(fresh)) ? undefined : `${file} is out of date`;
}

const generated = mkdtempSync(join(tmpdir(), 'macula-codegen-'));
try {
  const { status } = spawnSync(process.execPath, [join(root, 'tools/codegen.mjs'), generated], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the generator failed');
  const files = [...new Set([...filesBelow(checkedIn), ...filesBelow(generated)])].sort();
  const differences = files.map((file) => differenceOf(file, generated)).filter(Boolean);
  if (differences.length > 0) {
    console.error('packages/wire/src/gen is not what packages/wire/proto says:');
    for (const difference of differences) console.error(`  ${difference}`);
    console.error('Run `node tools/codegen.mjs` and commit the result.');
    process.exitCode = 1;
  } else console.log(`packages/wire/src/gen is current (${files.length} files)`);
} finally {
  rmSync(generated, { recursive: true });
}
