import { type Address, type DatagramSocket, systemRandom } from '@macula/core';
import { ephemeralIdentity } from '@macula/identity';
import { loadQuicBinding, type QuicheConnection } from '../src/quic/binding.ts';
import { freshConnectionId, markedConnectionId } from '../src/quic/connection-id.ts';

export interface RawClientOptions {
  /** Default: the mesh's. */
  readonly alpn?: string;
  /** Announce a mesh node by the connection ID. Default true. */
  readonly marked?: boolean;
  /** Present a certificate. Default true. */
  readonly certificate?: boolean;
  /** How many connection IDs the server may issue. Default 2. */
  readonly connectionIds?: number;
}

/** A QUIC client without any of our engine, for doing what ours never does. */
export interface RawClient {
  readonly quiche: QuicheConnection;
  /** Every packet this client has sent. */
  readonly sent: Buffer[];
  /** Sends what is due. Call after using `quiche`; received packets are answered by themselves. */
  pump(): void;
  stop(): void;
}

export async function rawClient(
  socket: DatagramSocket,
  to: Address,
  options: RawClientOptions = {},
): Promise<RawClient> {
  const { alpn = 'macula/1', marked = true, certificate = true, connectionIds = 2 } = options;
  const binding = await loadQuicBinding();
  const identity = await ephemeralIdentity();
  const config = binding.Config.withBoringSslCtx(
    false,
    false,
    null,
    certificate ? [Buffer.from(identity.keyPem)] : null,
    certificate ? [Buffer.from(identity.certificatePem)] : null,
    null,
  );
  config.setApplicationProtos([alpn]);
  config.setActiveConnectionIdLimit(connectionIds);
  config.setMaxIdleTimeout(5_000);
  config.setInitialMaxData(1 << 20);
  config.setInitialMaxStreamDataBidiLocal(1 << 20);
  config.setInitialMaxStreamDataBidiRemote(1 << 20);
  config.setInitialMaxStreamDataUni(1 << 20);
  config.setInitialMaxStreamsBidi(100);
  config.setInitialMaxStreamsUni(100);
  const id = marked ? markedConnectionId(systemRandom) : freshConnectionId(systemRandom);
  const quiche = binding.Connection.connect(null, id, socket.localAddress, to, config);
  const sent: Buffer[] = [];
  const pump = (): void => {
    for (;;) {
      const packet = Buffer.alloc(1_350);
      const result = quiche.send(packet);
      if (result === null) return;
      const bytes = packet.subarray(0, result[0]);
      sent.push(bytes);
      socket.send(bytes, to);
    }
  };
  const unsubscribe = socket.onMessage((bytes, from) => {
    try {
      quiche.recv(Buffer.from(bytes), { from, to: socket.localAddress });
    } catch {
      // The connection's state says what happened.
    }
    pump();
  });
  pump();
  return { quiche, sent, pump, stop: unsubscribe };
}
