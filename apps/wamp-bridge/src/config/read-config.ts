import { readFile } from 'node:fs/promises';
import { isNode, LineCounter, parseDocument } from 'yaml';
import { type BridgeConfig, bridgeSchema } from './bridge-schema.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a configuration file. Throws ConfigError. */
export async function readConfig(path: string, environment: Environment): Promise<BridgeConfig> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const message = `it cannot be read: ${(error as Error).message}`;
    throw new ConfigError(path, [{ path: '', line: undefined, column: undefined, message }]);
  }
  return parseConfig(text, environment, path);
}

/** Reads a configuration's YAML (or JSON) and fills in variables and defaults. Throws ConfigError. */
export function parseConfig(
  text: string,
  environment: Environment,
  source = 'config',
): BridgeConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const place = (
    offset: number | undefined,
  ): { line: number | undefined; column: number | undefined } => {
    if (offset === undefined) return { line: undefined, column: undefined };
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (document.errors.length > 0) {
    throw new ConfigError(
      source,
      document.errors.map(({ pos, message }) => ({
        path: '',
        ...place(pos[0]),
        message: firstLine(message),
      })),
    );
  }
  const given = withVariables(plainValue(document, source), environment);
  const result = bridgeSchema.safeParse(given, { reportInput: true });
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue): ConfigProblem => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    const value =
      'input' in issue && issue.input !== undefined ? `, got ${short(issue.input)}` : '';
    return {
      path: pathText(path),
      ...place(offsetOf(document, path)),
      message: `${issue.message}${value}${hint(pathText(path))}`,
    };
  });
  throw new ConfigError(source, problems);
}

/** Throws ConfigError for aliases that lead nowhere, or would unfold to more than memory holds. */
function plainValue(
  document: ReturnType<typeof parseDocument>,
  source: string,
): Record<string, unknown> {
  try {
    return (document.toJS() ?? {}) as Record<string, unknown>;
  } catch (error) {
    const message = firstLine((error as Error).message);
    throw new ConfigError(source, [{ path: '', line: undefined, column: undefined, message }]);
  }
}

/** What the file leaves out comes from the environment; the router's realm is the mesh's unless it has its own. */
function withVariables(given: Record<string, unknown>, environment: Environment): unknown {
  if (!isMap(given) || !(isMap(given['router'] ?? {}) && isMap(given['mesh'] ?? {}))) return given;
  const { BONDY_URL, MACULA_REALM, MACULA_BOOTSTRAP_NODES } = environment;
  const nodes = MACULA_BOOTSTRAP_NODES?.split(',')
    .map((node) => node.trim())
    .filter((node) => node !== '');
  const mesh = {
    ...(MACULA_REALM && { realm: MACULA_REALM }),
    ...(nodes && nodes.length > 0 && { bootstrap: nodes }),
    ...(given['mesh'] as object | undefined),
  } as Record<string, unknown>;
  const router = {
    ...(BONDY_URL && { url: BONDY_URL }),
    ...(mesh['realm'] !== undefined && { realm: mesh['realm'] }),
    ...(given['router'] as object | undefined),
  };
  return { ...given, mesh, router };
}

function isMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Where the value stands, or the nearest one around it that is there. */
function offsetOf(
  document: ReturnType<typeof parseDocument>,
  path: readonly (string | number)[],
): number | undefined {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
}

function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

const hints: Readonly<Record<string, string>> = {
  'router.url': 'set it here or in BONDY_URL',
  'mesh.realm': 'set it here or in MACULA_REALM',
  'router.realm': 'set it here, or the realm of the mesh',
};

function hint(path: string): string {
  const text = hints[path];
  return text === undefined ? '' : `; ${text}`;
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}
