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

/** The QUIC library cannot be loaded; `cause` says why, the message what to do. Where TCP is allowed, links go over that. */
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
    throw quicUnavailable(cause);
  }
}

/** The error for what came of loading the library. */
export function quicUnavailable(cause: unknown): QuicUnavailableError {
  return new QuicUnavailableError(
    `QUIC is not available: ${whyNot(cause)}. Links can use TLS over TCP instead; \`quic: false\` asks for that alone`,
    { cause },
  );
}

function whyNot(cause: unknown): string {
  const { code, message } = describe(cause);
  if (cannotImport.test(code)) {
    return (
      'this program runs where ES modules cannot be imported, and the QUIC library is one ' +
      `(Jest needs NODE_OPTIONS=--experimental-vm-modules): ${message}`
    );
  }
  if (noBinding.test(message)) {
    return (
      `no QUIC binding is installed for ${process.platform}-${process.arch} ` +
      '(none is published for it, or npm was told to omit optional dependencies)'
    );
  }
  return `the QUIC library does not load: ${message}`;
}

/**
 * How Node, and Jest in its place, fail where code was compiled without a way to import, or `import` has become `require`:
 * nobody imports in vain with the codes of CommonJS.
 */
const cannotImport =
  /^(ERR_VM_DYNAMIC_IMPORT_.*|ERR_REQUIRE_ESM|ERR_PACKAGE_PATH_NOT_EXPORTED|MODULE_NOT_FOUND)$/;

/** What the library says where it finds none for the platform. */
const noBinding = /^Failed requiring possible native bindings|^Unsupported (OS|architecture)/;

/** Not by `instanceof`: Node's errors are of another realm than the code that a VM runs. */
function describe(cause: unknown): { readonly code: string; readonly message: string } {
  const { code, message } = Object(cause) as { code?: unknown; message?: unknown };
  return {
    code: typeof code === 'string' ? code : '',
    message: typeof message === 'string' ? message : String(cause),
  };
}
