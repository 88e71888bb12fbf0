import { homedir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';

export interface SeedOptions {
  readonly realm: string;
  readonly host: string;
  /** UDP and TCP port of the mesh. */
  readonly port: number;
  readonly dataDir: string;
  readonly secret: string | undefined;
  readonly bootstrap: readonly string[];
  readonly announce: readonly string[];
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

/** Reads the command line and the environment; prints help or what is wrong, and exits, as command lines do. */
export function parseSeedOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  exit?: (code: number, message: string) => never,
): SeedOptions {
  const command = new Command('macula-seed')
    .description('A Macula node at a well-known address: others join the mesh by it.')
    .addOption(
      new Option('--realm <name>', 'realm to be in').env('MACULA_REALM').makeOptionMandatory(),
    )
    .option('--host <address>', 'IP address to listen on', '::')
    .addOption(
      new Option('--port <number>', 'UDP and TCP port of the mesh')
        .env('MACULA_QUIC_PORT')
        .default(4433)
        .argParser(port),
    )
    .addOption(
      new Option('--data-dir <folder>', 'where key and certificate are kept')
        .env('MACULA_DATA_DIR')
        .default(join(homedir(), '.macula', 'seed')),
    )
    .addOption(
      new Option(
        '--secret <text>',
        'secret of the realm, at least 16 bytes; better in the environment',
      ).env('MACULA_REALM_SECRET'),
    )
    .addOption(
      new Option('--bootstrap <addresses>', 'other seeds to join, host:port, separated by commas')
        .env('MACULA_BOOTSTRAP_NODES')
        .default([])
        .argParser(list),
    )
    .addOption(
      new Option(
        '--announce <addresses>',
        'where others reach this node, host:port, behind port forwarding',
      )
        .default([])
        .argParser(list),
    )
    .option('--http-host <address>', 'IP address of /health and /metrics', '127.0.0.1')
    .addOption(
      new Option('--http-port <number>', 'port of /health and /metrics')
        .default(9433)
        .argParser(port),
    )
    .addOption(
      new Option('--wamp <number>', 'serve WAMP clients at ws://…/ws on this port')
        .env('MACULA_WAMP_PORT')
        .argParser(port),
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
  if (exit !== undefined) {
    command.exitOverride(({ exitCode, message }) => exit(exitCode, message));
    command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  }
  return withEnvironment(environment, () =>
    command.parse([...args], { from: 'user' }).opts<SeedOptions>(),
  );
}

/** commander reads `process.env`; tests hand in their own. */
function withEnvironment<T>(
  environment: Readonly<Record<string, string | undefined>>,
  work: () => T,
): T {
  const before = process.env;
  process.env = { ...environment };
  try {
    return work();
  } finally {
    process.env = before;
  }
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

function list(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
