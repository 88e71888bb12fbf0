import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { formatAddress, systemClock } from '@macula/core';
import { CallError, createNode, type MaculaNode } from '@macula/node';
import { runCommandLine } from './command-line.ts';
import type { Terminal } from './terminal.ts';

const realm = 'be.macula.cli-test';
let seed: MaculaNode;
let bootstrap: string;

class FakeTerminal implements Terminal {
  readonly env: Readonly<Record<string, string>>;
  out = '';
  err = '';
  readonly #failed = new Set<(error: Error) => void>();
  readonly stdout = {
    write: (text: string) => (this.out += text),
    on: (_event: string, listener: (error: Error) => void) => this.#failed.add(listener),
    off: (_event: string, listener: (error: Error) => void) => this.#failed.delete(listener),
  };
  readonly stderr = { write: (text: string) => (this.err += text) };
  readonly #listeners = new Map<string, () => void>();

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.env = env;
  }

  /** Nobody reads standard output any more. */
  closeOutput(): void {
    for (const listener of this.#failed) {
      listener(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    }
  }

  on(signal: string, listener: () => void): void {
    this.#listeners.set(signal, listener);
  }

  off(signal: string): void {
    this.#listeners.delete(signal);
  }

  interrupt(): void {
    this.#listeners.get('SIGINT')?.();
  }

  get listening(): number {
    return this.#listeners.size;
  }
}

beforeEach(async () => {
  seed = await createNode({ realm, host: '127.0.0.1', environment: {} });
  bootstrap = `127.0.0.1:${seed.addresses[0]?.port ?? 0}`;
});

afterEach(() => seed.stop());

function start(...args: string[]): { terminal: FakeTerminal; code: Promise<number> } {
  const terminal = new FakeTerminal();
  return {
    terminal,
    code: runCommandLine([...args, '--realm', realm, '--bootstrap', bootstrap], terminal),
  };
}

/** Waits until the command has said it; the test's own limit ends a vain wait. */
async function said(terminal: FakeTerminal, what: string): Promise<void> {
  while (!terminal.err.includes(what)) {
    await new Promise<void>((resolve) => {
      systemClock.setTimer(resolve, 5);
    });
  }
}

describe('the command line', () => {
  test('publishes to those who subscribe', async () => {
    const subscriber = start('subscribe', 'be.example.**', '--count', '2');
    await said(subscriber.terminal, 'subscribed');
    expect(await start('publish', 'be.example.hello', '{"n":1}').code).toBe(0);
    expect(await start('publish', 'be.example.list', '[1,"two"]').code).toBe(0);
    expect(await subscriber.code).toBe(0);
    const events = subscriber.terminal.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(events).toMatchObject([
      { topic: 'be.example.hello', args: [], kwargs: { n: 1 } },
      { topic: 'be.example.list', args: [1, 'two'], kwargs: {} },
    ]);
  }, 20_000);

  test('calls what is served, until it is interrupted', async () => {
    const echo = start('serve', 'be.example.echo');
    const fixed = start('serve', 'be.example.fixed', '{"answer":42}');
    await said(echo.terminal, 'serving');
    await said(fixed.terminal, 'serving');
    const call = start('call', 'be.example.echo', '[1,2]');
    expect([await call.code, call.terminal.out]).toEqual([0, '[1,2]\n']);
    const other = start('call', 'be.example.fixed');
    expect([await other.code, other.terminal.out]).toEqual([0, '{"answer":42}\n']);
    echo.terminal.interrupt();
    fixed.terminal.interrupt();
    expect([await echo.code, await fixed.code]).toEqual([0, 0]);
    expect(echo.terminal.out).toBe('{"args":[1,2],"kwargs":{}}\n');
    expect(echo.terminal.listening).toBe(0);
  }, 20_000);

  test('prints members', async () => {
    const { terminal, code } = start('members');
    expect(await code).toBe(0);
    expect(JSON.parse(terminal.out)).toMatchObject({ id: seed.id.key, status: 'alive' });
  });

  test('says what went wrong in one line, once, and fails with 1', async () => {
    const { terminal, code } = start('call', 'be.example.nowhere');
    expect(await code).toBe(1);
    expect(terminal.err).toMatch(/^macula: .*wamp\.error\.no_such_procedure.*\n$/);
    expect(terminal.err.match(/no_such_procedure|be\.example\.nowhere/g)).toHaveLength(2);
  });

  test('tells all that a failed call says', async () => {
    await seed.register('be.example.sold', () => {
      throw new CallError('be.example.sold_out', ['come again', 7], { until: 'May' });
    });
    const { terminal, code } = start('call', 'be.example.sold');
    expect(await code).toBe(1);
    expect(terminal.err).toBe(
      'macula: be.example.sold_out: come again {"args":[7],"kwargs":{"until":"May"}}\n',
    );
  });

  test('ends quietly when nobody reads what it prints', async () => {
    const { terminal, code } = start('subscribe', 'be.example.**');
    await said(terminal, 'subscribed');
    terminal.closeOutput();
    expect(await code).toBe(0);
    expect(terminal.err).toBe('subscribed to be.example.**\n');
    expect(terminal.listening).toBe(0);
  });

  test.each([
    [['publish', 'be.example.x', '{nonsense', '--realm', 'r'], /not JSON/],
    [['subscribe', 'x', '--count', '0', '--realm', 'r'], /whole number above 0/],
    [['members', '--realm', 'r', '--bootstrap', `${'ab'.repeat(32)}@h:1`], /is not an address/],
    [['members', '--realm', 'r', '--bootstrap', ','], /at least one address/],
    [['members', '--realm', 'r', '--secret-file', '/no/such/file'], /--secret-file: ENOENT/],
    [['members', '--realm', 'Not A Realm'], /Not A Realm/],
    [['publish', '--realm', 'r'], /missing required argument/],
    [['fly'], /unknown command/],
    [['members'], /--realm.*MACULA_REALM/],
  ])('fails with 2 when it is misused: %j', async (args, message) => {
    const terminal = new FakeTerminal();
    expect(await runCommandLine(args, terminal)).toBe(2);
    expect(terminal.err).toMatch(message);
  });

  test('prints help with the options and variables of all commands, and that is no failure', async () => {
    const terminal = new FakeTerminal();
    expect(await runCommandLine(['--help'], terminal)).toBe(0);
    expect(terminal.out).toMatch(/subscribe .*pattern/);
    expect(terminal.out).toMatch(/--realm.*MACULA_REALM/);
    expect(terminal.out).toMatch(/--secret-file.*MACULA_REALM_SECRET/);
  });

  test('tells its version', async () => {
    const terminal = new FakeTerminal();
    expect(await runCommandLine(['--version'], terminal)).toBe(0);
    expect(terminal.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('without a way into the mesh', () => {
  const short = ['--timeout', '1500'];

  test.each([
    ['publish', 'be.example.x'],
    ['members'],
    ['call', 'be.example.x'],
    ['subscribe', 'be.example.x'],
  ])('%s fails and names the address at which nobody answers', async (...command) => {
    const silent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    const nowhere = formatAddress({ host: '127.0.0.1', port: silent.address().port });
    const terminal = new FakeTerminal({ MACULA_REALM: realm, MACULA_BOOTSTRAP_NODES: nowhere });
    expect(await runCommandLine([...command, ...short], terminal)).toBe(1);
    expect(terminal.err).toMatch(
      /^macula: no node answers at 127\.0\.0\.1:\d+ within 1500 ms.*\n$/,
    );
    expect(terminal.err).toContain(nowhere);
    silent.close();
  });

  test('a command says that the node there is of another realm', async () => {
    const terminal = new FakeTerminal();
    const args = ['members', '--realm', 'be.other', '--bootstrap', bootstrap, ...short];
    expect(await runCommandLine(args, terminal)).toBe(1);
    expect(terminal.err).toBe(`macula: the node at ${bootstrap} is not in realm be.other\n`);
  });
});

describe('the variables of the command line', () => {
  test('are those of the mesh; an empty one is not set', async () => {
    const terminal = new FakeTerminal({
      MACULA_REALM: realm,
      MACULA_BOOTSTRAP_NODES: '',
      MACULA_BOOTSTRAP_URL: `https://${bootstrap}`,
      MACULA_REALM_SECRET: ' ',
    });
    expect(await runCommandLine(['members'], terminal)).toBe(0);
    expect(JSON.parse(terminal.out)).toMatchObject({ id: seed.id.key });
    const unnamed = new FakeTerminal({ MACULA_REALM: '' });
    expect(await runCommandLine(['members', '--bootstrap', bootstrap], unnamed)).toBe(2);
  });

  test('are not those of a service on the same machine', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'macula-cli-'));
    const service = await createNode({ realm, host: '127.0.0.1', dataDir, bootstrap: [bootstrap] });
    const terminal = new FakeTerminal({
      MACULA_DATA_DIR: dataDir,
      MACULA_QUIC_PORT: String(service.addresses[0]?.port),
      MACULA_WAMP_PORT: '1',
    });
    const args = ['members', '--realm', realm, '--bootstrap', bootstrap];
    expect(await runCommandLine(args, terminal)).toBe(0);
    const members = terminal.out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { id: string }).id);
    expect(members.sort()).toEqual([seed.id.key, service.id.key].sort());
    await service.stop();
    await rm(dataDir, { recursive: true });
  });

  test('an old name is told', async () => {
    const terminal = new FakeTerminal({ MACULA_REALM: realm, MACULA_GATEWAY_URL: bootstrap });
    expect(await runCommandLine(['members'], terminal)).toBe(0);
    expect(terminal.err).toMatch(
      /^macula: MACULA_GATEWAY_URL is an old name: set MACULA_BOOTSTRAP_URL/,
    );
  });
});

describe('a realm with a secret', () => {
  const secret = 'sixteen bytes long';
  let closed: MaculaNode;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'macula-cli-'));
    closed = await createNode({ realm, host: '127.0.0.1', secret, environment: {} });
  });

  afterEach(async () => {
    await closed.stop();
    await rm(folder, { recursive: true });
  });

  const members = (terminal: FakeTerminal, ...args: string[]): Promise<number> =>
    runCommandLine(
      [
        ...['members', '--realm', realm, '--timeout', '1500'],
        ...['--bootstrap', `127.0.0.1:${closed.addresses[0]?.port ?? 0}`, ...args],
      ],
      terminal,
    );

  test('admits a command that has the secret in a variable or a file', async () => {
    const file = join(folder, 'secret');
    await writeFile(file, `${secret}\n`);
    expect(await members(new FakeTerminal({ MACULA_REALM_SECRET: secret }))).toBe(0);
    expect(await members(new FakeTerminal(), '--secret-file', file)).toBe(0);
  });

  test.each([[{}], [{ MACULA_REALM_SECRET: 'another, as long as that' }]])(
    'refuses one that has %j, and it says so',
    async (env) => {
      const terminal = new FakeTerminal(env);
      expect(await members(terminal)).toBe(1);
      expect(terminal.err).toMatch(
        /^macula: the node at \S+ is in realm \S+, but does not admit this one .*MACULA_REALM_SECRET\n$/,
      );
    },
  );
});
