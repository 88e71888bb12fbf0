import type { AuthMethod, MeshPort, WampEndpointOptions, WampRealm } from '@macula/wamp';
import { z } from 'zod';
import type { NodeWampOptions } from './node-options.ts';
import { handedIn, portNumber } from './option-kinds.ts';

const positive = z.number().positive('must be a positive number').optional();
const whole = z.number().int().positive('must be a positive whole number').optional();
const method = handedIn<AuthMethod & object>('an AuthMethod', 'begin');

const rule = <T>() =>
  z.custom<T>((value) => typeof value === 'function', 'must be a function').optional();

const rules = {
  realmAliases: z
    .union(
      [
        z.array(z.string()).readonly(),
        z.custom<(realm: string) => boolean>((value) => typeof value === 'function'),
      ],
      'must be a list of names, or a function',
    )
    .optional(),
  uriMode: z.enum(['strict', 'loose']).optional(),
  authentication: z.array(method).readonly().optional(),
  authorize: rule<NonNullable<WampEndpointOptions['authorize']>>(),
  handshakeTimeoutMs: positive,
  callTimeoutMs: positive,
  killTimeoutMs: positive,
  retainedTimeoutMs: positive,
  metaTimeoutMs: positive,
  goodbyeTimeoutMs: positive,
  maxSessions: whole,
  maxQueuedBytes: positive,
  maxSubscriptions: whole,
  maxRegistrations: whole,
  maxCalls: whole,
  maxPublications: whole,
  maxTestaments: whole,
};

const realm = z.strictObject({
  mesh: handedIn<MeshPort>('a node, or another mesh', 'publish', 'subscribe', 'register', 'call'),
  ...rules,
} satisfies Record<keyof WampRealm, z.ZodType>);

/** What the node says of its WAMP endpoint. */
export const wampSchema: z.ZodType<NodeWampOptions> = z
  .strictObject({
    port: portNumber.optional(),
    host: z.string().min(1, 'must be an address to listen on').optional(),
    path: z.string().startsWith('/', 'must begin with /').optional(),
    maxMessageBytes: whole,
    maxConnections: whole,
    pingIntervalMs: positive,
    realms: z.array(realm).readonly().optional(),
    ...rules,
  } satisfies Record<keyof WampEndpointOptions, z.ZodType>)
  .transform((options) => options as NodeWampOptions);
