import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import type { Identity } from '@macula/identity';

/** The one application protocol that this listener and dialler speak. */
export const alpn = 'h2';

/** The part of a node's identity that TLS needs. */
export type TlsIdentity = Pick<Identity, 'keyPem' | 'certificatePem' | 'onRenewed'>;

/** What presents this node. */
export function credentialsOf(identity: TlsIdentity): { key: string; cert: string } {
  return { key: identity.keyPem, cert: identity.certificatePem };
}

/** The context that a dialler shares between its connections, until the certificate is renewed. */
export function diallerContext(identity: TlsIdentity): SecureContext {
  return createSecureContext({ ...credentialsOf(identity), minVersion: 'TLSv1.3' });
}

/**
 * What both roles share: TLS 1.3 only, and no tickets, since a resumed session would leave the proof
 * of the peer's key to the one before. Certificates are self-signed, so no authority is asked: TLS proves that the
 * peer holds its certificate's key, and the pool checks that this key is the expected one before any
 * frame is delivered.
 */
export const commonTlsOptions = {
  minVersion: 'TLSv1.3',
  secureOptions: constants.SSL_OP_NO_TICKET,
  ALPNProtocols: [alpn],
  requestCert: true,
  rejectUnauthorized: false,
} as const;

/** DER of the certificate whose key the peer has proven; undefined when it showed none, or speaks another protocol. */
export function provenCertificate(socket: TLSSocket): Uint8Array | undefined {
  if (socket.alpnProtocol !== alpn) return undefined;
  return socket.getPeerX509Certificate()?.raw;
}
