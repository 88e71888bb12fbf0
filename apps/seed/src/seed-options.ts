import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Address, type MaculaError, parseAddresses, silentLogger } from '@macula/core';
import { defaultBootstrapPort, type EnvironmentSettings, readEnvironment } from '@macula/node';
import { Command, InvalidArgumentError, Option } from 'commander';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

export interface SeedOptions {
  readonly realm: string;
  readonly host: string;
  /** UDP and TCP port of the mesh. */
  readonly port: number;
  readonly dataDir: string;
  readonly secret: string | undefined;
  readonly bootstrap: readonly Address[];
  readonly announce: readonly Address[];
  readonly httpHost: string;
  /** Port of `/health` and `/metrics`; 0 takes any free one. */
  readonly httpPort: number;
  /** Port for WAMP clients; 0 takes any free one; undefined: none are served. */
  readonly wamp: number | undefined;
  readonly wampHost: string;
  /** Names that WAMP clients may use for the realm beside its own. */
  readonly wampRealms: readonly string[];
  /** Milliseconds between the first signal and the goodbye, in which `/health` says `draining`. */
  readonly drainMs: number;
  readonly logLevel: string;
  readonly json: boolean;
}

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'];

/** What the command line says by itself; the environment may have what is left out. */
type Given = Omit<SeedOptions, 'realm' | 'port' | 'dataDir' | 'bootstrap'> &
  Partial<Pick<SeedOptions, 'realm' | 'port' | 'dataDir' | 'bootstrap'>>;

/**
 * Reads the command line, then the variables that every node obeys, then the defaults of a seed. Prints help or what is wrong,
 * and exits, as command lines do: with 2 when they are misused.
 */
export function parseSeedOptions(
  args: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
  exit?: (code: number, message: string) => never,
): SeedOptions {
  const command: Command = seedCommand().exitOverride(({ exitCode, message }) => {
    const code = exitCode === 0 ? 0 : 2;
    if (exit === undefined) process.exit(code);
    exit(code, message);
  });
  if (exit !== undefined) {
    command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  }
  const given = command.parse([...args], { from: 'user' }).opts<Given>();
  const environment = environmentFor(command, variables);
  const realm = given.realm ?? environment.realm;
  if (realm === undefined)
    command.error('error: which realm? Give --realm <name>, or set MACULA_REALM');
  return {
    ...given,
    realm,
    port: given.port ?? environment.port ?? defaultBootstrapPort,
    dataDir: given.dataDir ?? environment.dataDir ?? join(homedir(), '.macula', 'seed'),
    secret: given.secret ?? environment.secret,
    bootstrap: given.bootstrap ?? environment.bootstrap ?? [],
    wamp: given.wamp ?? environment.wampPort,
  };
}

/** The node that the seed makes reads them, too, and logs what there is to say about old names. */
function environmentFor(
  command: Command,
  variables: Readonly<Record<string, string | undefined>>,
): EnvironmentSettings {
  try {
    return readEnvironment(variables, silentLogger);
  } catch (error) {
    return command.error(`error: ${(error as MaculaError).message}`);
  }
}

function seedCommand(): Command {
  return new Command('macula-seed')
    .description('A Macula node at a well-known address: others join the mesh by it.')
    .version(version)
    .option('--realm <name>', 'realm to be in; or MACULA_REALM')
    .option('--host <address>', 'IP address to listen on', '::')
    .addOption(
      new Option(
        '--port <number>',
        `UDP and TCP port of the mesh; or MACULA_QUIC_PORT (default: ${defaultBootstrapPort})`,
      ).argParser(port),
    )
    .option(
      '--data-dir <folder>',
      'where key and certificate are kept; or MACULA_DATA_DIR (default: ~/.macula/seed)',
    )
    .option(
      '--secret <text>',
      'secret of the realm, at least 16 bytes; better in MACULA_REALM_SECRET, which others do not see',
    )
    .addOption(
      new Option(
        '--bootstrap <addresses>',
        'other seeds to join, host:port, separated by commas; or MACULA_BOOTSTRAP_NODES, MACULA_BOOTSTRAP_URL',
      ).argParser(addresses(defaultBootstrapPort)),
    )
    .addOption(
      new Option(
        '--announce <addresses>',
        'where others reach this node, host:port, behind port forwarding',
      )
        .default([])
        .argParser(addresses()),
    )
    .option('--http-host <address>', 'IP address of /health and /metrics', '127.0.0.1')
    .addOption(
      new Option('--http-port <number>', 'port of /health and /metrics')
        .default(9433)
        .argParser(port),
    )
    .addOption(
      new Option(
        '--wamp <number>',
        'serve WAMP clients at ws://…/ws on this port; or MACULA_WAMP_PORT',
      ).argParser(port),
    )
    .option('--wamp-host <address>', 'IP address for WAMP clients', '127.0.0.1')
    .addOption(
      new Option('--wamp-realms <names>', 'more names that WAMP clients may use for the realm')
        .default([])
        .argParser(list),
    )
    .addOption(
      new Option('--drain-ms <number>', 'time from SIGTERM to the goodbye, for load balancers')
        .default(500)
        .argParser(wholeNumber),
    )
    .addOption(
      new Option('--log-level <level>', 'what is logged to standard error')
        .choices(logLevels)
        .default('info'),
    )
    .option('--json', 'print one JSON object when the node is up', false)
    .addHelpText('after', '\nExample:\n  MACULA_REALM=be.example npx macula-seed --port 4433\n');
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value))
    throw new InvalidArgumentError('It must be a whole number.');
  return value;
}

function port(text: string): number {
  const value = wholeNumber(text);
  if (value > 65_535) throw new InvalidArgumentError('A port is at most 65535.');
  return value;
}

function addresses(portWhereMissing?: number) {
  return (text: string): Address[] => {
    try {
      return parseAddresses(text, portWhereMissing);
    } catch (error) {
      throw new InvalidArgumentError((error as MaculaError).message);
    }
  };
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
