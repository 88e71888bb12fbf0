import { readFileSync } from 'node:fs';
import { type Address, InvalidArgumentError, type Logger, parseAddresses } from '@macula/core';
import { defaultBootstrapPort, readEnvironment } from '@macula/node';
import { type Command, InvalidArgumentError as UnfitOptionError, Option } from 'commander';

/** The options of every command, as they were given. */
export interface GivenMeshOptions {
  readonly realm?: string;
  readonly bootstrap?: readonly Address[];
  readonly secretFile?: string;
  readonly timeout: number;
}

/** The mesh that a command joins. */
export interface MeshAccess {
  readonly realm: string;
  readonly bootstrap: readonly Address[];
  readonly secret: string | undefined;
  /** Milliseconds to wait for the mesh. */
  readonly timeout: number;
}

/** What `--help` of the program and of each command tells. */
function meshOptions(): Option[] {
  return [
    new Option('--realm <name>', 'realm to be in; or MACULA_REALM'),
    new Option(
      '--bootstrap <addresses>',
      'nodes to join by, host:port, separated by commas; or MACULA_BOOTSTRAP_NODES, MACULA_BOOTSTRAP_URL (default: 127.0.0.1:4433)',
    ).argParser(addresses),
    new Option(
      '--secret-file <file>',
      'file that holds the secret of the realm; or MACULA_REALM_SECRET, which is the secret itself (default: an open realm)',
    ),
    new Option('--timeout <ms>', 'how long to wait for the mesh')
      .default(5_000)
      .argParser(positive),
  ];
}

/** Adds the options of every command that joins a mesh. */
export function withMeshOptions(command: Command): Command {
  for (const option of meshOptions()) command.addOption(option);
  return command;
}

/** The same options, for the help of the whole program. */
export function meshOptionsHelp(): string {
  const lines = meshOptions().map(
    ({ flags, description }) => `  ${flags.padEnd(26)}${description}`,
  );
  return `\nEvery command takes:\n${lines.join('\n')}\n`;
}

/**
 * Options, over the variables of the mesh, over the defaults. Variables that tell a node where to listen and who to be are for
 * services: a command is a node of its own. Throws InvalidArgumentError.
 */
export function meshAccess(
  given: GivenMeshOptions,
  variables: Readonly<Record<string, string | undefined>>,
  logger: Logger,
): MeshAccess {
  const { MACULA_REALM, MACULA_REALM_SECRET } = variables;
  const { MACULA_BOOTSTRAP_NODES, MACULA_BOOTSTRAP_URL, MACULA_GATEWAY_URL } = variables;
  const environment = readEnvironment(
    {
      ...{ MACULA_REALM, MACULA_REALM_SECRET },
      ...{ MACULA_BOOTSTRAP_NODES, MACULA_BOOTSTRAP_URL, MACULA_GATEWAY_URL },
    },
    logger,
  );
  const realm = given.realm ?? environment.realm;
  if (realm === undefined) {
    throw new InvalidArgumentError('which realm? Give --realm <name>, or set MACULA_REALM');
  }
  return {
    realm,
    bootstrap: given.bootstrap ??
      environment.bootstrap ?? [{ host: '127.0.0.1', port: defaultBootstrapPort }],
    secret: given.secretFile === undefined ? environment.secret : secretIn(given.secretFile),
    timeout: given.timeout,
  };
}

function secretIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new InvalidArgumentError(`--secret-file: ${(cause as Error).message}`, { cause });
  }
}

function addresses(text: string): Address[] {
  let named: Address[];
  try {
    named = parseAddresses(text, defaultBootstrapPort);
  } catch (error) {
    throw new UnfitOptionError((error as Error).message);
  }
  if (named.length === 0) throw new UnfitOptionError('Name at least one address.');
  return named;
}

export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value <= 0)
    throw new UnfitOptionError('It must be a whole number above 0.');
  return value;
}
