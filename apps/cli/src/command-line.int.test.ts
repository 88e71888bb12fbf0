import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock } from '@macula/core';
import { createNode, type MaculaNode } from '@macula/node';
import { runCommandLine } from './command-line.ts';
import type { Terminal } from './with-node.ts';

const realm = 'be.macula.cli-test';
let seed: MaculaNode;
let bootstrap: string;

class FakeTerminal implements Terminal {
  readonly env = {};
  out = '';
  err = '';
  readonly stdout = { write: (text: string) => (this.out += text) };
  readonly stderr = { write: (text: string) => (this.err += text) };
  readonly #listeners = new Map<string, () => void>();

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

  test('says what went wrong in one line, and fails with 1', async () => {
    const { terminal, code } = start('call', 'be.example.nowhere');
    expect(await code).toBe(1);
    expect(terminal.err).toMatch(/^macula: .*wamp\.error\.no_such_procedure.*\n$/);
  });

  test.each([
    [['publish', 'be.example.x', '{nonsense', '--realm', 'r'], /not JSON/],
    [['subscribe', 'x', '--count', '0', '--realm', 'r'], /whole number above 0/],
    [['publish', '--realm', 'r'], /missing required argument/],
    [['fly'], /unknown command/],
    [['members'], /--realm/],
  ])('fails with 2 when it is misused: %j', async (args, message) => {
    const terminal = new FakeTerminal();
    expect(await runCommandLine(args, terminal)).toBe(2);
    expect(terminal.err).toMatch(message);
  });

  test('prints help, and that is no failure', async () => {
    const terminal = new FakeTerminal();
    expect(await runCommandLine(['--help'], terminal)).toBe(0);
    expect(terminal.out).toMatch(/subscribe .*pattern/);
  });
});
