// A bridge in a process of its own, as users run it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('../../..', import.meta.url));

/** Resolves when the bridge of a checkout, by default this one, says that it is up; `profile` is a folder for a CPU profile of its life. */
export async function startBridge(checkout, config, profile) {
  const root = checkout ?? here;
  const folder = mkdtempSync(join(tmpdir(), 'macula-bridge-bench-'));
  const file = join(folder, 'bridge.yaml');
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(
    process.execPath,
    [
      ...(profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', profile]),
      ...['--conditions=@macula/source', '--import', join(root, 'tools/typescript-loader.mjs')],
      ...[join(root, 'apps/wamp-bridge/src/main.ts'), '--config', file],
      ...['--json', '--log-level', 'warn'],
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const { http } = JSON.parse(line);
  return {
    /** Seconds of CPU that it has used so far. */
    async cpu() {
      const text = await (await fetch(`${http}/metrics`)).text();
      return Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1]);
    },
    async stop() {
      child.kill();
      await once(child, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}
