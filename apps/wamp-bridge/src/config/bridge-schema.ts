import { parseAddress, Pattern, parseRealm } from '@macula/core';
import { z } from 'zod';
import { sameShape } from '../crossing/pattern-mapping.ts';

/** Says what core's own check says, at the place in the configuration where the text stands. */
function checkedBy(
  check: (text: string) => unknown,
): (text: string, context: z.RefinementCtx) => void {
  return (text, context) => {
    try {
      check(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
    }
  };
}

/** Routers cannot be asked for every topic there is: a pattern has to begin with a name. */
function checkPattern(text: string): void {
  const pattern = Pattern.parse(text, { mode: 'loose' });
  if (pattern.literalPrefix === '') {
    throw new Error(`'${text}' begins with a wildcard: write at least one name before it`);
  }
  if (text === 'wamp' || text.startsWith('wamp.')) {
    throw new Error(`'${text}' is the router's own: names under wamp. do not cross`);
  }
}

const realm = z.string().superRefine(checkedBy(parseRealm));
const pattern = z.string().superRefine(checkedBy(checkPattern));
const name = z
  .string()
  .superRefine(checkedBy((text) => Pattern.parse(text, { match: 'exact', mode: 'loose' })));
const milliseconds = z.int().min(0);
/** Where a bootstrap node listens whose address names no port. */
const maculaPort = 4_433;
const address = z.string().superRefine(checkedBy((text) => parseAddress(text, maculaPort)));

/** A secret stands in an environment variable or in a file, never in the configuration. */
const secret = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
]);

const direction = z.enum(['both', 'to-mesh', 'to-router']);

const crossing = {
  router: pattern.describe(
    'What crosses, by its name at the router; * is one segment, a last ** any rest.',
  ),
  mesh: pattern
    .optional()
    .describe(
      'The name in the mesh, where it is another: the same wildcards behind another beginning.',
    ),
  direction: direction
    .default('both')
    .describe('Which way: events travel, or calls are made, to the mesh, to the router, or both.'),
};

const sameWildcards = {
  message:
    'router and mesh must have the same wildcards at their ends: only what stands before the first one may differ',
  path: ['mesh'],
};
const mapsWell = ({ router, mesh }: { router: string; mesh?: string | undefined }): boolean =>
  mesh === undefined || sameShape(router, mesh);

const eventRule = z
  .strictObject({
    ...crossing,
    qos: z
      .union([z.literal(0), z.literal(1)])
      .default(0)
      .describe('1: events are kept until the other side has acknowledged them.'),
    topics: z
      .array(name)
      .default([])
      .describe(
        'Topics, by their names at the router, that a static router is asked for when somebody in the mesh subscribes to a pattern.',
      ),
  })
  .refine(mapsWell, sameWildcards);

const procedureRule = z
  .strictObject({
    ...crossing,
    procedures: z
      .array(name)
      .default([])
      .describe(
        'Procedures of the router, by their names there, that the mesh can call; needed where the router does not tell (dialect static).',
      ),
    timeoutMs: milliseconds.min(1).default(30_000).describe('Milliseconds that a call may take.'),
  })
  .refine(mapsWell, sameWildcards);

const auth = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('anonymous') }),
  z.strictObject({ method: z.literal('ticket'), authid: z.string().min(1), secret }),
  z.strictObject({ method: z.literal('wampcra'), authid: z.string().min(1), secret }),
  z.strictObject({
    method: z.literal('cryptosign'),
    authid: z.string().min(1),
    secret: secret.describe('The Ed25519 private key, 64 hex digits.'),
  }),
]);

/** The whole configuration of a bridge. */
export const bridgeSchema = z.strictObject({
  router: z
    .strictObject({
      url: z
        .url({ protocol: /^wss?$/, error: 'must be a URL that begins with ws:// or wss://' })
        .describe('WebSocket address of the router. Variable: BONDY_URL.'),
      realm: realm.describe('Realm at the router. Default: that of the mesh.'),
      dialect: z
        .enum(['full', 'bondy', 'static'])
        .default('full')
        .describe(
          'What the router tells of itself: full has the meta API, bondy wants the realm in it, static has none.',
        ),
      serializer: z.enum(['json', 'msgpack', 'cbor']).default('json'),
      auth: auth.default({ method: 'anonymous' }),
      connectTimeoutMs: milliseconds.min(1).default(10_000),
      settleMs: milliseconds
        .default(1_000)
        .describe(
          'Milliseconds after joining either side in which events for it wait, so that others are there and bridges of the group know each other.',
        ),
      retry: z
        .strictObject({
          baseMs: milliseconds.min(1).default(200),
          maxMs: milliseconds.min(1).default(30_000),
        })
        .refine(({ baseMs, maxMs }) => baseMs <= maxMs, {
          message: 'maxMs must not be less than baseMs',
          path: ['maxMs'],
        })
        .prefault({}),
    })
    .describe('The WAMP router.'),
  mesh: z
    .strictObject({
      realm: realm.describe('Realm of the mesh. Variable: MACULA_REALM.'),
      bootstrap: z
        .array(address)
        .default([])
        .describe('Nodes to join through, host:port. Variable: MACULA_BOOTSTRAP_NODES.'),
      host: z.string().default('::'),
      port: z.int().min(0).max(65_535).default(0),
      dataDir: z
        .string()
        .optional()
        .describe('Where the node keeps its identity; in memory where it is missing.'),
      secret: secret.optional().describe('The secret of the realm.'),
    })
    .describe('The node in the mesh.'),
  group: z
    .string()
    .regex(/^[a-z0-9_-]{1,40}$/, 'must be 1 to 40 of a-z, 0-9, _ and -')
    .default('bridge')
    .describe('Bridges of one group join the same router and stand in for each other.'),
  events: z.array(eventRule).default([]),
  procedures: z.array(procedureRule).default([]),
  buffer: z
    .strictObject({
      events: z.int().min(1).default(10_000),
      bytes: z
        .int()
        .min(1)
        .default(16 << 20),
      maxAgeMs: milliseconds.min(1).default(60_000),
      overflow: z.enum(['drop-oldest', 'drop-newest']).default('drop-oldest'),
    })
    .prefault({})
    .describe('What waits, in each direction, while the other side is away.'),
  http: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(9_434),
    })
    .prefault({})
    .describe('Where /health and /metrics are served.'),
});

export type BridgeConfig = z.output<typeof bridgeSchema>;
export type EventRuleConfig = BridgeConfig['events'][number];
export type ProcedureRuleConfig = BridgeConfig['procedures'][number];
export type SecretConfig = z.output<typeof secret>;
export type AuthConfig = z.output<typeof auth>;
export type Direction = z.output<typeof direction>;
