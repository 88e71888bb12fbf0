import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { type Address, type Clock, formatAddress, PeerUnreachableError } from '@macula/core';
import { DiallerStreams } from './dialler-streams.ts';
import { Http2Connection } from './http2-connection.ts';
import { http2SessionOptions } from './http2-options.ts';
import { commonTlsOptions, provenCertificate } from './tls-options.ts';

/**
 * Dials TLS over TCP and starts HTTP/2. Rejects with the signal's reason, or PeerUnreachableError.
 */
export async function dialTcp(
  address: Address,
  dependencies: { readonly clock: Clock; readonly context: SecureContext },
  signal: AbortSignal,
): Promise<Http2Connection> {
  const socket = await connected(address, dependencies.context, signal);
  const peerCertificate = provenCertificate(socket);
  if (peerCertificate === undefined) {
    socket.destroy();
    throw new PeerUnreachableError(
      `${formatAddress(address)} answered, but is no Macula node: it showed no certificate or does not speak HTTP/2`,
    );
  }
  const session = connectHttp2(`https://${formatAddress(address)}`, {
    ...http2SessionOptions,
    createConnection: () => socket,
  });
  return new Http2Connection({
    session,
    clock: dependencies.clock,
    initiator: true,
    peerCertificate,
    remoteAddress: address,
    streams: (onPeerStream) => new DiallerStreams(session, onPeerStream),
  });
}

function connected(
  address: Address,
  secureContext: SecureContext,
  signal: AbortSignal,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { host, port } = address;
    const socket = connectTls({ ...commonTlsOptions, secureContext, host, port });
    socket.setNoDelay(true);
    const aborted = (): void => {
      socket.destroy();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', aborted, { once: true });
    let cause: Error | undefined;
    // Stays for the socket's life: an error without listener would end the process.
    socket.on('error', (error) => (cause = error));
    const closed = (): void => {
      signal.removeEventListener('abort', aborted);
      const why = cause?.message ?? 'it closed the connection during the handshake';
      reject(
        new PeerUnreachableError(`cannot reach ${formatAddress(address)} over TCP: ${why}`, {
          cause,
        }),
      );
    };
    socket.once('close', closed);
    socket.once('secureConnect', () => {
      signal.removeEventListener('abort', aborted);
      socket.off('close', closed);
      resolve(socket);
    });
  });
}
