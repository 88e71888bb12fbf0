import { CborSerializer } from 'wampy/CborSerializer.js';
import * as cryptosign from 'wampy/cryptosign.js';
import { JsonSerializer } from 'wampy/JsonSerializer.js';
import { MsgpackSerializer } from 'wampy/MsgpackSerializer.js';
import * as wampcra from 'wampy/wampcra.js';
import { WebSocket } from 'ws';
import type { BridgeConfig } from '../config/bridge-schema.ts';
import { readSecret } from '../config/read-secret.ts';
import { publicKeyOf } from './ed25519-key.ts';
import type { WampyOptions } from './wampy-client.ts';

const serializers = { json: JsonSerializer, msgpack: MsgpackSerializer, cbor: CborSerializer };

/** wampy's options for a configured router; reads the secret anew, so that a changed file counts at the next connection. */
export async function wampyOptions(
  { realm, serializer, auth }: Pick<BridgeConfig['router'], 'realm' | 'serializer' | 'auth'>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<WampyOptions> {
  const base: WampyOptions = {
    realm,
    ws: WebSocket as never,
    serializer: new serializers[serializer](),
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
