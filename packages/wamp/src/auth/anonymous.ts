import type { AuthMethod } from './auth-method.ts';

/** Admits everybody under a random authid. `role` is their authrole; default `anonymous`. */
export function anonymous(role = 'anonymous'): AuthMethod {
  return {
    name: 'anonymous',
    begin: (_, { random }) => ({
      authid: Buffer.from(random.bytes(12)).toString('base64url'),
      authrole: role,
      authprovider: 'static',
    }),
  };
}
