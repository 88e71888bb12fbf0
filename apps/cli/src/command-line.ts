import { MaculaError } from '@macula/core';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { callOnce } from './call-once.ts';
import { printMembers } from './print-members.ts';
import { printSubscription } from './print-subscription.ts';
import { publishOnce } from './publish-once.ts';
import { serveAnswer } from './serve-answer.ts';
import { type Terminal, withNode } from './with-node.ts';

interface MeshOptions {
  readonly realm: string;
  readonly bootstrap: readonly string[];
  readonly timeout: number;
}

/** Runs one command and gives the exit code: 0 done, 1 failed, 2 misused. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await commandLine(terminal).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    // commander has said already what is wrong with the arguments, or printed the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const text = error instanceof MaculaError ? error.message : String((error as Error).stack);
    terminal.stderr.write(`macula: ${text}\n`);
    return 1;
  }
}

function commandLine(terminal: Terminal): Command {
  const program = new Command('macula')
    .description('Publish, subscribe, call and serve on a Macula mesh.')
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .exitOverride();

  mesh(program.command('subscribe <pattern>'))
    .description('print events as JSON lines until interrupted')
    .option('--count <number>', 'end after so many events', positive)
    .action((pattern: string, options: MeshOptions & { count?: number }) =>
      withNode(options, terminal, (node, signal) =>
        printSubscription(node, pattern, options.count, terminal, signal),
      ),
    );
  mesh(program.command('publish <topic>').argument('[json]', jsonHelp, json))
    .description('publish one event, and wait until every subscriber has it')
    .action((topic: string, value: unknown, options: MeshOptions) =>
      withNode(options, terminal, (node, signal) =>
        publishOnce(node, topic, value, { ...options, signal }),
      ),
    );
  mesh(program.command('serve <procedure>').argument('[json]', 'the answer', json))
    .description(
      'offer a procedure that answers with JSON, or else with what it was called with, until interrupted',
    )
    .action((procedure: string, value: unknown, options: MeshOptions) =>
      withNode(options, terminal, (node, signal) =>
        serveAnswer(node, procedure, value === undefined ? undefined : { value }, terminal, signal),
      ),
    );
  mesh(program.command('call <procedure>').argument('[json]', jsonHelp, json))
    .description('call a procedure and print the result as JSON')
    .action((procedure: string, value: unknown, options: MeshOptions) =>
      withNode(options, terminal, (node, signal) =>
        callOnce(node, procedure, value, { ...options, signal }, terminal),
      ),
    );
  mesh(program.command('members'))
    .description('print the members of the mesh as JSON lines')
    .action((options: MeshOptions) =>
      withNode(options, terminal, (node) => {
        printMembers(node, terminal);
        return Promise.resolve();
      }),
    );
  return program;
}

/** The options of every command that joins a mesh. */
function mesh(command: Command): Command {
  return command
    .addOption(
      new Option('--realm <name>', 'realm to be in').env('MACULA_REALM').makeOptionMandatory(),
    )
    .addOption(
      new Option('--bootstrap <addresses>', 'nodes to join by, host:port, separated by commas')
        .env('MACULA_BOOTSTRAP_NODES')
        .default(['127.0.0.1:4433'])
        .argParser((text) => text.split(',').map((part) => part.trim())),
    )
    .addOption(
      new Option('--timeout <ms>', 'how long to wait for the mesh')
        .default(5_000)
        .argParser(positive),
    );
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value <= 0)
    throw new InvalidArgumentError('It must be a whole number above 0.');
  return value;
}

const jsonHelp = 'a list is positional arguments, an object named ones, anything else one argument';

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new InvalidArgumentError(`It is not JSON: ${(cause as Error).message}.`);
  }
}
