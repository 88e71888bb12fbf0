import { MaculaError } from '@macula/core';

/*
 * The part of quiche's sans-IO interface that the engine uses, as @matrixai/quic exports it. Our own
 * description keeps another library's types out of ours, and says what another binding must offer.
 */

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface QuicheError {
  readonly isApp: boolean;
  readonly errorCode: number;
  readonly reason: Uint8Array;
}

/** The path that a packet is to take. */
export interface Route {
  readonly from: HostPort;
  readonly to: HostPort;
}

export interface QuicheConfig {
  setTicketKey(key: Uint8Array): void;
  enableEarlyData(): void;
  setApplicationProtos(protocols: string[]): void;
  setMaxIdleTimeout(ms: number): void;
  setMaxRecvUdpPayloadSize(size: number): void;
  setMaxSendUdpPayloadSize(size: number): void;
  setInitialMaxData(bytes: number): void;
  setInitialMaxStreamDataBidiLocal(bytes: number): void;
  setInitialMaxStreamDataBidiRemote(bytes: number): void;
  setInitialMaxStreamDataUni(bytes: number): void;
  setInitialMaxStreamsBidi(count: number): void;
  setInitialMaxStreamsUni(count: number): void;
  setMaxConnectionWindow(bytes: number): void;
  setMaxStreamWindow(bytes: number): void;
  setDisableActiveMigration(disabled: boolean): void;
  setActiveConnectionIdLimit(limit: number): void;
  setCcAlgorithmName(name: string): void;
  enablePacing(enabled: boolean): void;
  enableDgram(enabled: boolean, receiveQueue: number, sendQueue: number): void;
}

export type PathEvent =
  | {
      readonly type: 'New' | 'Validated' | 'FailedValidation' | 'Closed';
      readonly local: HostPort;
      readonly peer: HostPort;
    }
  | { readonly type: 'ReusedSourceConnectionId'; readonly seq: number }
  | { readonly type: 'PeerMigrated'; readonly old: HostPort; readonly new: HostPort };

export interface QuichePathStats {
  readonly active: boolean;
  /** Whole milliseconds. */
  readonly rtt: number;
}

export interface QuicheConnection {
  setSession(session: Uint8Array): void;
  recv(data: Uint8Array, info: Route): number;
  send(out: Uint8Array): [number, Route] | null;
  streamRecv(id: number, out: Uint8Array): [number, boolean] | null;
  streamSend(id: number, data: Uint8Array, fin: boolean): number | null;
  streamShutdown(id: number, direction: number, code: number): void;
  streamCapacity(id: number): number;
  streamReadable(id: number): boolean;
  peerStreamsLeftBidi(): number;
  isReadable(): boolean;
  readable(): Iterable<number>;
  dgramRecv(out: Uint8Array): number | null;
  dgramRecvQueueLen(): number;
  dgramSend(data: Uint8Array): void;
  dgramMaxWritableLen(): number | null;
  isDgramSendQueueFull(): boolean;
  timeout(): number | null;
  onTimeout(): void;
  probePath(local: HostPort, peer: HostPort): number;
  migrate(local: HostPort, peer: HostPort): number;
  newSourceCid(id: Uint8Array, resetToken: bigint, retireIfNeeded: boolean): number;
  sourceCidsLeft(): number;
  availableDcids(): number;
  retiredScidNext(): Uint8Array | null;
  pathEventNext(): PathEvent | null;
  close(application: boolean, code: number, reason: Uint8Array): void;
  applicationProto(): Uint8Array;
  peerCertChain(): Uint8Array[] | null;
  session(): Uint8Array | null;
  isEstablished(): boolean;
  isInEarlyData(): boolean;
  isDraining(): boolean;
  isClosed(): boolean;
  isTimedOut(): boolean;
  peerError(): QuicheError | null;
  localError(): QuicheError | null;
  pathStats(): QuichePathStats[];
  sendAckEliciting(): void;
}

export interface QuicheHeader {
  readonly ty: number;
  readonly version: number;
  readonly dcid: Uint8Array;
  readonly scid: Uint8Array;
  readonly token?: Uint8Array;
}

export interface QuicBinding {
  readonly PROTOCOL_VERSION: number;
  readonly Type: { readonly Initial: number; readonly ZeroRTT: number; readonly Short: number };
  readonly Shutdown: { readonly Read: number; readonly Write: number };
  negotiateVersion(scid: Uint8Array, dcid: Uint8Array, out: Uint8Array): number;
  versionIsSupported(version: number): boolean;
  retry(
    scid: Uint8Array,
    dcid: Uint8Array,
    newScid: Uint8Array,
    token: Uint8Array,
    version: number,
    out: Uint8Array,
  ): number;
  readonly Config: {
    withBoringSslCtx(
      verifyPeer: boolean,
      verifyAllowFail: boolean,
      ca: Uint8Array | null,
      key: Uint8Array[] | null,
      certificate: Uint8Array[] | null,
      signatureAlgorithms: string | null,
    ): QuicheConfig;
  };
  readonly Connection: {
    connect(
      serverName: string | null,
      scid: Uint8Array,
      local: HostPort,
      peer: HostPort,
      config: QuicheConfig,
    ): QuicheConnection;
    accept(
      scid: Uint8Array,
      originalDcid: Uint8Array | null,
      local: HostPort,
      peer: HostPort,
      config: QuicheConfig,
    ): QuicheConnection;
  };
  readonly Header: { fromSlice(data: Uint8Array, dcidLength: number): QuicheHeader };
}

/** No QUIC library is published for this platform; links go over TCP. */
export class QuicUnavailableError extends MaculaError {
  readonly code = 'macula.quic.unavailable';
}

/**
 * Loads the native QUIC library. Only its binding: the package's main entry would cost 25 MB and
 * 150 ms for classes that are never used. Throws QuicUnavailableError.
 */
export async function loadQuicBinding(): Promise<QuicBinding> {
  try {
    const module: { default: unknown } = await import('@matrixai/quic/native/quiche.js');
    return module.default as QuicBinding;
  } catch (cause) {
    throw new QuicUnavailableError(
      `no QUIC binding for ${process.platform}-${process.arch}: links use TLS over TCP instead (set quic: false to silence this)`,
      { cause },
    );
  }
}
