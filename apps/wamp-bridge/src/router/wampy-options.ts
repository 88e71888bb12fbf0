import { systemClock } from '@macula/core';
import * as cryptosign from 'wampy/cryptosign.js';
import * as wampcra from 'wampy/wampcra.js';
import type { BridgeConfig } from '../config/bridge-schema.ts';
import { readSecret } from '../config/read-secret.ts';
import { publicKeyOf } from './ed25519-key.ts';
import { routerSerializers } from './router-serializers.ts';
import { routerSockets } from './router-socket.ts';
import type { WampyOptions } from './wampy-client.ts';

/** wampy's options for a configured router; reads the secret anew, so that a changed file counts at the next connection. */
export async function wampyOptions(
  { realm, serializer, auth }: Pick<BridgeConfig['router'], 'realm' | 'serializer' | 'auth'>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<WampyOptions> {
  const base: WampyOptions = {
    realm,
    ws: routerSockets(systemClock) as never,
    serializer: routerSerializers[serializer],
  };
  if (auth.method === 'anonymous') return base;
  const secret = await readSecret(auth.secret, environment);
  const common = { ...base, authid: auth.authid, authmethods: [auth.method] };
  switch (auth.method) {
    case 'ticket':
      return { ...common, onChallenge: () => secret };
    case 'wampcra':
      return {
        ...common,
        onChallenge: (method, extra) => wampcra.sign(secret)(method, extra as never),
      };
    case 'cryptosign':
      return {
        ...common,
        authextra: { pubkey: publicKeyOf(secret) },
        onChallenge: (method, extra) => cryptosign.sign(secret)(method, extra as never),
      };
  }
}
