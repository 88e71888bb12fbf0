import {
  type Address,
  InvalidArgumentError,
  type Logger,
  parseAddress,
  parseAddresses,
  parseRealm,
  type Realm,
} from '@macula/core';

/** Port of a bootstrap node whose address names none. */
export const defaultBootstrapPort = 4433;

/** What the environment says. */
export interface EnvironmentSettings {
  readonly realm: Realm | undefined;
  readonly bootstrap: readonly Address[] | undefined;
  readonly port: number | undefined;
  readonly dataDir: string | undefined;
  readonly secret: string | undefined;
  readonly wampPort: number | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads the MACULA_* variables; empty ones count as not set. Old names are accepted with a warning.
 * Throws InvalidArgumentError, which names the variable.
 */
export function readEnvironment(variables: Variables, logger: Logger): EnvironmentSettings {
  const read = (name: string): string | undefined => {
    const text = variables[name]?.trim();
    return text === '' ? undefined : text;
  };
  const renamed = (name: string, old: string): [string, string] | undefined => {
    const text = read(name);
    if (text !== undefined) return [name, text];
    const oldText = read(old);
    if (oldText === undefined) return undefined;
    logger.warn({ variable: old }, `${old} is an old name: set ${name} instead`);
    return [old, oldText];
  };
  if (read('MACULA_MODE') !== undefined) {
    logger.warn(
      { variable: 'MACULA_MODE' },
      'MACULA_MODE is ignored: there are no modes, every node can do everything',
    );
  }
  const port = renamed('MACULA_QUIC_PORT', 'GATEWAY_PORT');
  const url = renamed('MACULA_BOOTSTRAP_URL', 'MACULA_GATEWAY_URL');
  const nodes = read('MACULA_BOOTSTRAP_NODES');
  const bootstrap = [
    ...(nodes === undefined
      ? []
      : named('MACULA_BOOTSTRAP_NODES', () => parseAddresses(nodes, defaultBootstrapPort))),
    ...(url === undefined ? [] : [named(url[0], () => parseAddress(url[1], defaultBootstrapPort))]),
  ];
  const realm = read('MACULA_REALM');
  const wampPort = read('MACULA_WAMP_PORT');
  return {
    realm: realm === undefined ? undefined : named('MACULA_REALM', () => parseRealm(realm)),
    bootstrap: bootstrap.length === 0 ? undefined : bootstrap,
    port: port === undefined ? undefined : portOf(...port),
    dataDir: read('MACULA_DATA_DIR'),
    secret: read('MACULA_REALM_SECRET'),
    wampPort: wampPort === undefined ? undefined : portOf('MACULA_WAMP_PORT', wampPort),
  };
}

function portOf(name: string, text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError(
      `${name} is ${JSON.stringify(text.slice(0, 80))}: write a port from 0 (any free one) to 65535`,
    );
  }
  return port;
}

function named<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidArgumentError(`${name}: ${why}`, { cause });
  }
}
