import {
  type Address,
  type Clock,
  InvalidArgumentError,
  type Logger,
  MetricsScope,
  noMetrics,
  type Random,
  type Realm,
  silentLogger,
  systemClock,
  systemRandom,
} from '@macula/core';
import type { WampEndpointOptions } from '@macula/wamp';
import { readEnvironment } from './environment.ts';
import type { NodeOptions } from './node-options.ts';
import { type CheckedOptions, optionSchema } from './option-schema.ts';

/** Everything that is decided about a node before it is made. */
export interface NodeSettings extends Omit<CheckedOptions, 'environment' | 'wamp'> {
  readonly realm: Realm;
  readonly bootstrap: readonly Address[];
  readonly port: number;
  readonly joinTimeout: number;
  readonly drainTimeout: number;
  readonly wamp: WampEndpointOptions | undefined;
  readonly logger: Logger;
  readonly metrics: MetricsScope;
  readonly clock: Clock;
  readonly random: Random;
}

/** Options that make no sense beside links that exist already. */
const replacedByLinks = [
  'host',
  'port',
  'announce',
  'dataDir',
  'secret',
  'admission',
  'transport',
  'bindDatagrams',
] as const;

/** Options, over the environment, over the defaults. Throws InvalidArgumentError, which names the option. */
export function settingsOf(options: NodeOptions): NodeSettings {
  const { environment, ...given } = checked(options);
  const logger = given.logger ?? silentLogger;
  assertTogether(given);
  const fromEnvironment = readEnvironment(environment ?? process.env, logger);
  const realm = given.realm ?? fromEnvironment.realm;
  if (realm === undefined) {
    throw new InvalidArgumentError(
      "a node needs a realm: write createNode({ realm: 'be.cortexiq.energy' }) or set MACULA_REALM",
    );
  }
  const dataDir =
    given.identity === undefined ? (given.dataDir ?? fromEnvironment.dataDir) : undefined;
  const secret =
    given.admission === undefined ? (given.secret ?? fromEnvironment.secret) : undefined;
  return {
    ...given,
    realm,
    bootstrap: given.bootstrap ?? fromEnvironment.bootstrap ?? [],
    port: given.port ?? fromEnvironment.port ?? 0,
    dataDir,
    secret,
    joinTimeout: given.joinTimeout ?? 5_000,
    drainTimeout: given.drainTimeout ?? 2_000,
    wamp: wampSettings(given.wamp, fromEnvironment.wampPort),
    logger,
    metrics: new MetricsScope(given.metrics ?? noMetrics),
    clock: given.clock ?? systemClock,
    random: given.random ?? systemRandom,
  };
}

function wampSettings(
  given: CheckedOptions['wamp'],
  portInEnvironment: number | undefined,
): WampEndpointOptions | undefined {
  const port = given?.port ?? portInEnvironment;
  if (port !== undefined) return { ...given, port };
  if (given === undefined) return undefined;
  throw new InvalidArgumentError(
    'option wamp needs a port: write wamp: { port: 8080 } or set MACULA_WAMP_PORT',
  );
}

function assertTogether(given: Omit<CheckedOptions, 'environment'>): void {
  for (const [one, other] of [
    ['identity', 'dataDir'],
    ['admission', 'secret'],
  ] as const) {
    if (given[one] !== undefined && given[other] !== undefined) {
      throw new InvalidArgumentError(`options ${one} and ${other} exclude each other: give one`);
    }
  }
  if (given.links === undefined) return;
  for (const name of replacedByLinks) {
    if (given[name] !== undefined) {
      throw new InvalidArgumentError(
        `option ${name} has no effect beside links, which bring their own: leave one of them out`,
      );
    }
  }
}

function checked(options: NodeOptions): CheckedOptions {
  const result = optionSchema.safeParse(options);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ code, path, message, ...rest }) => {
    if (code === 'unrecognized_keys') {
      const { keys = [] } = rest as { keys?: readonly string[] };
      return `there is no option ${keys.map((key) => nameOf([...path, key])).join(', ')}`;
    }
    return `option ${nameOf(path)}${shown(options, path)}: ${message}`;
  });
  throw new InvalidArgumentError(problems.join('; '), { cause: result.error });
}

function nameOf(path: readonly PropertyKey[]): string {
  const parts = path.map((part, i) =>
    typeof part === 'number' ? `[${part}]` : i === 0 ? String(part) : `.${String(part)}`,
  );
  return parts.join('');
}

/** The value at fault, cut short; never that of a secret. */
function shown(options: NodeOptions, path: readonly PropertyKey[]): string {
  if (path[0] === 'secret') return '';
  let value: unknown = options;
  for (const part of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[part];
  if (typeof value === 'object' && value !== null) return '';
  if (typeof value === 'string') return ` is ${JSON.stringify(value.slice(0, 120))}`;
  return ` is ${String(value)}`;
}
