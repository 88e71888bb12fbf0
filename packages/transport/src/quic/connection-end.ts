import type { ConnectionEnd } from '../connection.ts';
import type { QuicheConnection, QuicheError } from './binding.ts';

/** Why a connection that is draining or closed has ended. */
export function endOf(quiche: QuicheConnection): ConnectionEnd {
  const peer = quiche.peerError();
  if (peer !== null)
    return { code: peer.isApp ? peer.errorCode : undefined, message: describe(peer), remote: true };
  const local = quiche.localError();
  if (local !== null) return { code: undefined, message: describe(local), remote: false };
  const message = quiche.isTimedOut() ? 'no packet within the idle timeout' : 'closed';
  return { code: undefined, message, remote: false };
}

function describe(error: QuicheError): string {
  const reason = Buffer.from(error.reason).toString('utf8').slice(0, 200);
  if (error.isApp) return reason;
  // RFC 9001 §4.8: CRYPTO_ERROR carries a TLS alert.
  const isAlert = error.errorCode >= 0x100 && error.errorCode < 0x200;
  const kind = isAlert ? `TLS alert ${error.errorCode - 0x100}` : `QUIC error ${error.errorCode}`;
  return reason === '' ? kind : `${kind}: ${reason}`;
}
