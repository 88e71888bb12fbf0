// NATS with TLS: the same server and client.
import * as nats from './nats.mjs';

export const { available, create } = nats;
export const infrastructure = () => nats.infrastructure({ tls: true });
