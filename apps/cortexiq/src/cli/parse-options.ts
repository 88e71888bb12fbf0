import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { defaultHomes } from '../runner/demo-plan.ts';
import type { DemoOptions, HomesOn, RouterUrl } from '../runner/demo-options.ts';

/** The command line, read. */
export interface CommandLine extends DemoOptions {
  readonly json: boolean;
}

type Given = Omit<CommandLine, 'homes'> & { readonly homes?: number };

/** More homes are more processes than one machine runs. */
const maxHomes = 10_000;
const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };
const bundledData = fileURLToPath(new URL('../../data', import.meta.url));

/**
 * Reads the command line. Throws commander's CommanderError for what cannot be read, and for `--help`, which it has
 * answered by then.
 */
export function parseOptions(args: readonly string[]): CommandLine {
  const command = new Command('macula-cortexiq')
    .description(
      'A street of real homes trades energy over a mesh of separate processes, on a year of measured data.',
    )
    .version(version)
    .addOption(
      new Option(
        '--homes <n>',
        'homes; beyond the real ones, scaled and shifted neighbours (default: 14, or one for each process that --processes leaves to homes)',
      ).argParser(whole('--homes', 1, maxHomes)),
    )
    .addOption(
      new Option('--hours <n>', 'simulated hours').default(24).argParser(whole('--hours', 1, 1e6)),
    )
    .addOption(
      new Option('--from <hour>', 'hour of the data to begin with; 0 is 31 July, 23:00')
        .default(0)
        .argParser(whole('--from', 0, 1e6)),
    )
    .addOption(
      new Option('--speed <x>', 'simulated hours per second, or max: as fast as the mesh allows')
        .default(1)
        .argParser(speed),
    )
    .option('--data <dir>', 'directory with homes.json, homes.csv and grid.csv', bundledData)
    .addOption(
      new Option('--homes-per-process <n>', 'homes behind one edge process, 1 to 100')
        .default(100)
        .argParser(whole('--homes-per-process', 1, 100)),
    )
    .addOption(
      new Option(
        '--processes <n>',
        'processes with a node in all, 7 to 30, this one included; homes are spread over those of their own',
      )
        .argParser(whole('--processes', 7, 30))
        .conflicts('homesPerProcess'),
    )
    .addOption(
      new Option(
        '--homes-on <where>',
        'mesh; or homes as WAMP clients, on a facade of the mesh, on fox-wamp with a bridge, or on a router at ws://…',
      )
        .default('mesh')
        .argParser(homesOn),
    )
    .option('--json', 'print one JSON object when done, and nothing else', false)
    .allowExcessArguments(false)
    .exitOverride();
  const given = command.parse(args, { from: 'user' }).opts<Given>();
  return { ...given, homes: given.homes ?? defaultHomes(given.processes) };
}

function whole(name: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`${name} must be a whole number from ${least} to ${most}.`);
  };
}

function homesOn(text: string): HomesOn {
  if (text === 'mesh' || text === 'facade' || text === 'fox-wamp') return text;
  if (/^wss?:\/\//.test(text) && URL.canParse(text)) return text as RouterUrl;
  throw new InvalidArgumentError(
    '--homes-on must be mesh, facade, fox-wamp, or the address of a router that begins with ws:// or wss://.',
  );
}

function speed(text: string): number {
  if (text === 'max') return Infinity;
  const value = Number(text);
  if (/^\d*\.?\d+$/.test(text) && value > 0) return value;
  throw new InvalidArgumentError('--speed must be a number above 0, or max.');
}
