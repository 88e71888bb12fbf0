// js-libp2p over QUIC (a native addon) with gossipsub.
import { createOn, share } from './libp2p-tcp.mjs';

export { share };
export const create = (context) => createOn('quic', context);
