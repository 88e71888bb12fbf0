import { isIP } from 'node:net';
import { type Address, formatAddress, parseAddress, parseRealm } from '@macula/core';
import { z } from 'zod';
import { defaultBootstrapPort } from './environment.ts';
import {
  directorySchema,
  membershipSchema,
  pubsubSchema,
  rpcSchema,
  transportSchema,
} from './layer-option-schema.ts';
import type { NodeOptions } from './node-options.ts';
import { handedIn, portNumber } from './option-kinds.ts';
import { wampSchema } from './wamp-option-schema.ts';

/** Reports what `parse` throws as a problem of this option. */
function parsedBy<T>(parse: (text: string) => T) {
  return z.string().transform((text, context): T => {
    try {
      return parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  });
}

type Given<K extends keyof NodeOptions> = NonNullable<NodeOptions[K]>;

/** Addresses as text, or as `node.addresses` gives them. */
function addresses(defaultPort?: number) {
  const asText = (given: unknown): unknown => (isAddress(given) ? formatAddress(given) : given);
  const address = parsedBy((text) => parseAddress(text, defaultPort));
  return z.array(z.preprocess(asText, address)).readonly();
}

function isAddress(given: unknown): given is Address {
  return typeof given === 'object' && given !== null && 'host' in given && 'port' in given;
}

const wait = z.number().refine((ms) => ms >= 0, 'must be milliseconds, 0 for no wait');

/** Checks the options of `createNode` and parses names and addresses in them. */
export const optionSchema = z.strictObject({
  realm: parsedBy(parseRealm).optional(),
  bootstrap: addresses(defaultBootstrapPort).optional(),
  host: z
    .string()
    .refine((text) => isIP(text) !== 0, 'must be an IP address to listen on, as 0.0.0.0 or ::')
    .optional(),
  port: portNumber.optional(),
  announce: addresses().optional(),
  dataDir: z.string().min(1, 'must name a directory').optional(),
  secret: z
    .custom<string | Uint8Array>(
      (value) => typeof value === 'string' || value instanceof Uint8Array,
      'must be text or bytes',
    )
    .optional(),
  admission: handedIn<Given<'admission'>>('a RealmAdmission', 'prove', 'verify').optional(),
  identity: handedIn<Given<'identity'>>('an Identity', 'sign').optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  uriMode: z.enum(['strict', 'loose']).optional(),
  joinTimeout: wait.optional(),
  drainTimeout: wait.optional(),
  signal: z.instanceof(AbortSignal).optional(),
  logger: handedIn<Given<'logger'>>(
    'a Logger',
    'debug',
    'info',
    'warn',
    'error',
    'child',
  ).optional(),
  metrics: handedIn<Given<'metrics'>>(
    'Metrics',
    'counter',
    'gauge',
    'observedGauge',
    'histogram',
  ).optional(),
  clock: handedIn<Given<'clock'>>('a Clock', 'now', 'wallTime', 'setTimer', 'defer').optional(),
  random: handedIn<Given<'random'>>('a Random', 'next', 'integer', 'bytes').optional(),
  links: handedIn<Given<'links'>>('Links', 'link', 'dial', 'onLink', 'handle').optional(),
  bindDatagrams: z
    .custom<Given<'bindDatagrams'>>((value) => typeof value === 'function', 'must be a function')
    .optional(),
  environment: z.record(z.string(), z.string().optional()).optional(),
  transport: transportSchema.optional(),
  membership: membershipSchema.optional(),
  directory: directorySchema.optional(),
  pubsub: pubsubSchema.optional(),
  rpc: rpcSchema.optional(),
  wamp: wampSchema.optional(),
});

export type CheckedOptions = z.output<typeof optionSchema>;
