// Generates packages/wire/src/gen from packages/wire/proto with protoc and ts-proto.
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
const files = readdirSync(proto, { recursive: true }).filter((file) =>
  String(file).endsWith('.proto'),
);
const result = spawnSync(
  bin('protoc'),
  [
    `--plugin=protoc-gen-ts_proto=${bin('protoc-gen-ts_proto')}`,
    `--ts_proto_out=${out}`,
    `--ts_proto_opt=${options}`,
    '-I',
    proto,
    ...files.map(String),
  ],
  { stdio: 'inherit', cwd: root },
);
process.exit(result.status ?? 1);
