export type { Backend, BackendDialOptions } from './backend.ts';
export type { ByteStream, Connection, ConnectionEnd } from './connection.ts';
export {
  DuplicateLinkError,
  NotAdmittedError,
  PeerOverloadedError,
  SelfDialError,
} from './errors.ts';
export type { HandshakeBudgetOptions } from './handshake-budget.ts';
export type { LinkLimits } from './link/link-context.ts';
export type { BindDatagrams } from './open-backends.ts';
export { UnknownKindError } from './pool/handler-table.ts';
export { type ResolveName, systemResolver } from './pool/name-resolver.ts';
export type { PoolOptions } from './pool/pool-options.ts';
export { QuicUnavailableError } from './quic/binding.ts';
export type { QuicBackendOptions } from './quic/create-quic-backend.ts';
export type { TcpBackendOptions } from './tcp/tcp-backend.ts';
export { createTransport, type Transport, type TransportDependencies } from './transport.ts';
export type { TransportOptions } from './transport-options.ts';
export { bindUdpSocket, type UdpSocketOptions } from './udp/udp-socket.ts';
