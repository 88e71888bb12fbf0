import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { eventually } from '@macula/testkit';

const python = '/usr/bin/python3';
const script = fileURLToPath(new URL('./autobahn_client.py', import.meta.url));

/** What the installed autobahn can do: it takes serializers and Cryptosign from modules that may be missing. */
const inquiry = `
import json
from autobahn.wamp import cryptosign, serializer
kinds = {"json": "JsonSerializer", "msgpack": "MsgPackSerializer", "cbor": "CBORSerializer"}
print(json.dumps({
    "serializers": [name for name, kind in kinds.items() if hasattr(serializer, kind)],
    "cryptosign": cryptosign.HAS_CRYPTOSIGN,
}))
`;

export interface PythonAutobahn {
  readonly serializers: readonly string[];
  readonly cryptosign: boolean;
}

/** Debian's python3-autobahn, or undefined where it is not installed. */
export function pythonAutobahn(): PythonAutobahn | undefined {
  const { status, stdout } = spawnSync(python, ['-c', inquiry], { encoding: 'utf8' });
  return status === 0 ? (JSON.parse(stdout) as PythonAutobahn) : undefined;
}

/** A client in a process of its own, which runs test/autobahn_client.py. */
export class PythonClient {
  readonly #said: [string, unknown][] = [];
  readonly #process: ChildProcess;
  #errors = '';
  #exitCode: number | null | undefined;

  constructor(...args: readonly string[]) {
    this.#process = spawn(python, [script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    const { stdout, stderr } = this.#process;
    createInterface({ input: stdout as NodeJS.ReadableStream }).on('line', (line) =>
      this.#said.push(JSON.parse(line) as [string, unknown]),
    );
    stderr?.on('data', (bytes: Buffer) => (this.#errors += bytes.toString()));
    this.#process.once('exit', (code) => (this.#exitCode = code));
  }

  /** Takes what it said first of this kind, waiting for it. Throws with its errors when it has ended. */
  async said(what: string): Promise<unknown> {
    const index = (): number => this.#said.findIndex(([name]) => name === what);
    await eventually(() => index() >= 0 || this.#exitCode !== undefined, { limitMs: 20_000 });
    if (index() < 0) throw new Error(`autobahn ended without saying ${what}: ${this.#errors}`);
    const [said] = this.#said.splice(index(), 1);
    return said?.[1];
  }

  /** Its exit code. */
  async ended(): Promise<number | null> {
    await eventually(() => this.#exitCode !== undefined, { limitMs: 20_000 });
    return this.#exitCode ?? null;
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
