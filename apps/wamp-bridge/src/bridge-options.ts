import { createRequire } from 'node:module';
import { Command, Option } from 'commander';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };

export interface BridgeOptions {
  /** The configuration's file. */
  readonly config: string;
  /** Validate, print what would cross, and end. */
  readonly check: boolean;
  /** Print the JSON Schema of the configuration, and end. */
  readonly schema: boolean;
  readonly json: boolean;
  readonly logLevel: string;
}

const help = `
Variables, for what the configuration leaves out:
  BONDY_URL                router.url
  MACULA_REALM             mesh.realm, and router.realm
  MACULA_BOOTSTRAP_NODES   mesh.bootstrap, separated by commas

SIGHUP reads the configuration again: rules and limits change at once, addresses with the next start.

Example:
  BONDY_URL=ws://bondy:18080/ws MACULA_REALM=be.example npx macula-wamp-bridge --config bridge.yaml
`;

/** Reads the command line; prints help or what is wrong, and exits, as command lines do: with 2 when they are misused. */
export function parseBridgeOptions(
  args: readonly string[],
  exit?: (code: number, message: string) => never,
): BridgeOptions {
  const command = new Command('macula-wamp-bridge')
    .description('Joins a WAMP router and a Macula mesh while services move from one to the other.')
    .version(version)
    .option('--config <file>', 'YAML or JSON file that says what crosses', 'bridge.yaml')
    .option('--check', 'validate the configuration and print what would cross', false)
    .option('--schema', 'print the JSON Schema of the configuration', false)
    .option('--json', 'print JSON, with --check or when the bridge is up', false)
    .addOption(
      new Option('--log-level <level>', 'what is logged to standard error')
        .choices(['trace', 'debug', 'info', 'warn', 'error', 'silent'])
        .default('info'),
    )
    .addHelpText('after', help)
    .exitOverride(({ exitCode, message }) => {
      const code = exitCode === 0 ? 0 : 2;
      if (exit === undefined) process.exit(code);
      exit(code, message);
    });
  if (exit !== undefined) {
    command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  }
  return command.parse([...args], { from: 'user' }).opts<BridgeOptions>();
}
