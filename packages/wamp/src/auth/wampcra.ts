import { createHmac, pbkdf2Sync } from 'node:crypto';
import type { AuthMethod } from './auth-method.ts';
import { equalSecrets } from './equal-secrets.ts';
import type { Lookup } from './ticket.ts';

/** One who may come with a secret, by challenge and response. */
export interface CraUser {
  /** The shared secret; where there is a salt, what `deriveCraKey` has made of it. */
  readonly secret: string;
  readonly role: string;
  readonly salt?: { readonly salt: string; readonly iterations: number; readonly keylen: number };
}

/** What to store for a salted secret: PBKDF2 with SHA-256, in base64 as WAMP-CRA has it. */
export function deriveCraKey(secret: string, salt: NonNullable<CraUser['salt']>): string {
  return pbkdf2Sync(secret, salt.salt, salt.iterations, salt.keylen, 'sha256').toString('base64');
}

/** WAMP challenge-response authentication: the secret itself never travels (WAMP advanced profile, "WAMP-CRA"). */
export function wampcra(lookup: Lookup<CraUser>): AuthMethod {
  return {
    name: 'wampcra',
    async begin({ authid, realm, session }, { clock, random }) {
      if (authid === undefined) return undefined;
      const user = await lookup(authid, realm);
      const challenge = JSON.stringify({
        authid,
        authrole: user?.role ?? 'user',
        authmethod: 'wampcra',
        authprovider: 'static',
        session,
        nonce: Buffer.from(random.bytes(24)).toString('base64'),
        timestamp: new Date(clock.wallTime()).toISOString(),
      });
      // Strangers get a challenge, too, one like that of a user without salt whose role is `user`.
      const secret = user?.secret ?? Buffer.from(random.bytes(24)).toString('base64');
      return {
        extra: { challenge, ...user?.salt },
        verify(signature) {
          const expected = createHmac('sha256', secret).update(challenge).digest('base64');
          if (user === undefined || !equalSecrets(signature, expected)) return undefined;
          return { authid, authrole: user.role, authprovider: 'static' };
        },
      };
    },
  };
}
