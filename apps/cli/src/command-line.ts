import { createRequire } from 'node:module';
import {
  InvalidArgumentError,
  InvalidRealmError,
  InvalidUriError,
  type Logger,
  silentLogger,
} from '@macula/core';
import type { MaculaNode } from '@macula/node';
import { Command, CommanderError, InvalidArgumentError as UnfitOptionError } from 'commander';
import { callOnce } from './call-once.ts';
import { explainError } from './explain-error.ts';
import {
  type GivenMeshOptions,
  meshAccess,
  meshOptionsHelp,
  positive,
  withMeshOptions,
} from './mesh-options.ts';
import { printMembers } from './print-members.ts';
import { printSubscription } from './print-subscription.ts';
import { publishOnce } from './publish-once.ts';
import { serveAnswer } from './serve-answer.ts';
import type { Terminal } from './terminal.ts';
import { withNode } from './with-node.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
const misuses = [InvalidArgumentError, InvalidRealmError, InvalidUriError];

/** Runs one command and gives the exit code: 0 done, 1 failed, 2 misused. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  terminal.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Who reads the output, as `head`, may have enough of it.
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    await commandLine(terminal).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    // commander has said already what is wrong with the arguments, or printed the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    terminal.stderr.write(`macula: ${explainError(error)}\n`);
    return misuses.some((kind) => error instanceof kind) ? 2 : 1;
  }
}

function commandLine(terminal: Terminal): Command {
  const program = new Command('macula')
    .description('Publish, subscribe, call and serve on a Macula mesh.')
    .version(version)
    .addHelpText('after', meshOptionsHelp())
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .exitOverride();
  const onMesh = (
    given: GivenMeshOptions,
    work: (node: MaculaNode, signal: AbortSignal) => Promise<void>,
  ): Promise<void> => withNode(meshAccess(given, terminal.env, warnings(terminal)), terminal, work);

  withMeshOptions(program.command('subscribe <pattern>'))
    .description('print events as JSON lines until interrupted')
    .option('--count <number>', 'end after so many events', positive)
    .action((pattern: string, options: GivenMeshOptions & { count?: number }) =>
      onMesh(options, (node, signal) =>
        printSubscription(node, pattern, options.count, terminal, signal),
      ),
    );
  withMeshOptions(program.command('publish <topic>').argument('[json]', jsonHelp, json))
    .description('publish one event, and wait until every subscriber has it')
    .action((topic: string, value: unknown, options: GivenMeshOptions) =>
      onMesh(options, (node, signal) =>
        publishOnce(node, topic, value, { timeout: options.timeout, signal }),
      ),
    );
  withMeshOptions(program.command('serve <procedure>').argument('[json]', 'the answer', json))
    .description(
      'offer a procedure that answers with JSON, or else with what it was called with, until interrupted',
    )
    .action((procedure: string, value: unknown, options: GivenMeshOptions) =>
      onMesh(options, (node, signal) =>
        serveAnswer(node, procedure, value === undefined ? undefined : { value }, terminal, signal),
      ),
    );
  withMeshOptions(program.command('call <procedure>').argument('[json]', jsonHelp, json))
    .description('call a procedure and print the result as JSON')
    .action((procedure: string, value: unknown, options: GivenMeshOptions) =>
      onMesh(options, (node, signal) =>
        callOnce(node, procedure, value, { timeout: options.timeout, signal }, terminal),
      ),
    );
  withMeshOptions(program.command('members'))
    .description('print the members of the mesh as JSON lines')
    .action((options: GivenMeshOptions) =>
      onMesh(options, (node) => {
        printMembers(node, terminal);
        return Promise.resolve();
      }),
    );
  return program;
}

/** Tells of old names of variables. */
function warnings({ stderr }: Terminal): Logger {
  return { ...silentLogger, warn: (_fields, message) => stderr.write(`macula: ${message}\n`) };
}

const jsonHelp = 'a list is positional arguments, an object named ones, anything else one argument';

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new UnfitOptionError(`It is not JSON: ${(cause as Error).message}.`);
  }
}
