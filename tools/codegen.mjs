// Generates packages/wire/src/gen, or the folder that is given, from packages/wire/proto with protoc and ts-proto.
// The result is checked in; tools/check-codegen.mjs verifies that it is current.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const proto = join(root, 'packages/wire/proto');
const out = process.argv[2] ?? join(root, 'packages/wire/src/gen');
const bin = (name) =>
  join(root, 'node_modules/.bin', process.platform === 'win32' ? `${name}.cmd` : name);
const options =
  'esModuleInterop=true,importSuffix=.ts,forceLong=bigint,outputServices=none,oneof=unions-value,' +
  'enumsAsLiterals=true,outputJsonMethods=false,outputPartialMethods=false,useExactTypes=false,exportCommonSymbols=false,env=both';

mkdirSync(out, { recursive: true });
// Sorted, so that the result does not depend on the order in which a file system lists its files.
const files = readdirSync(proto, { recursive: true })
  .map(String)
  .filter((file) => file.endsWith('.proto'))
  .sort();
const result = spawnSync(
  bin('protoc'),
  [
    `--plugin=protoc-gen-ts_proto=${bin('protoc-gen-ts_proto')}`,
    `--ts_proto_out=${out}`,
    `--ts_proto_opt=${options}`,
    '-I',
    proto,
    ...files,
  ],
  { stdio: 'inherit', cwd: root },
);
process.exit(result.status ?? 1);
