import type { QuicBinding, QuicheConfig } from './binding.ts';

/** ALPN of mesh links. */
export const linkProtocol = 'macula/1';
/** ALPN of the HTTP/3 gateway that shares the port. */
export const guestProtocol = 'h3';

/** Datagram size that every path of the Internet carries (RFC 9000 §14: at least 1,200). */
export const internetDatagramSize = 1_350;
/** Datagram size on loopback, whose MTU is 65,536: quiche writes stream frames of at most 16,383 bytes. */
export const loopbackDatagramSize = 16_300;

export interface QuicConfigOptions {
  readonly keyPem: string;
  readonly certificatePem: string;
  /** 48 bytes; the same key for every configuration of a node keeps session tickets valid among them. */
  readonly ticketKey: Uint8Array;
  /** Milliseconds without any packet after which QUIC gives a connection up. */
  readonly idleTimeoutMs: number;
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly maxStreams: number;
}

const signatureAlgorithms = 'ecdsa_secp256r1_sha256:ed25519';

/**
 * The TLS and transport settings of one role. There is one per role and datagram size for the life
 * of a certificate: building one costs milliseconds, and tickets live inside.
 */
export function createQuicConfig(
  binding: QuicBinding,
  role: 'link' | 'guest',
  datagramSize: number,
  options: QuicConfigOptions,
): QuicheConfig {
  const demandCertificate = role === 'link';
  const config = binding.Config.withBoringSslCtx(
    demandCertificate,
    // Self-signed certificates are the rule: whose key it is, is checked before anything is delivered.
    demandCertificate,
    null,
    [Buffer.from(options.keyPem)],
    [Buffer.from(options.certificatePem)],
    signatureAlgorithms,
  );
  config.setApplicationProtos([role === 'link' ? linkProtocol : guestProtocol]);
  config.setTicketKey(options.ticketKey);
  config.enableEarlyData();
  config.setMaxIdleTimeout(options.idleTimeoutMs);
  config.setMaxRecvUdpPayloadSize(65_527);
  config.setMaxSendUdpPayloadSize(datagramSize);
  config.setInitialMaxData(options.connectionWindowBytes);
  config.setInitialMaxStreamDataBidiLocal(options.streamWindowBytes);
  config.setInitialMaxStreamDataBidiRemote(options.streamWindowBytes);
  config.setInitialMaxStreamDataUni(options.streamWindowBytes);
  config.setInitialMaxStreamsBidi(options.maxStreams);
  config.setInitialMaxStreamsUni(options.maxStreams);
  config.setMaxConnectionWindow(options.connectionWindowBytes * 2);
  config.setMaxStreamWindow(options.streamWindowBytes * 2);
  config.setDisableActiveMigration(false);
  config.setActiveConnectionIdLimit(4);
  config.setCcAlgorithmName('cubic');
  config.enablePacing(false);
  config.enableDgram(true, 256, 256);
  return config;
}
