import { describe, expect, test } from '@jest/globals';
import { virtualClock } from '@macula/testkit';
import { Turn } from '../turn.ts';
import type { QuicheConnection, QuicheError } from './binding.ts';
import { type ConnectionOwner, QuicConnection } from './quic-connection.ts';

const route = {
  from: { host: '192.0.2.1', port: 1 },
  to: { host: '192.0.2.2', port: 2 },
};
const closed: QuicheError = { isApp: true, errorCode: 9, reason: Buffer.from('enough') };

/**
 * A connection over what quiche 0.18 sometimes is after a close or a failure in the handshake: it offers the same
 * Handshake packet whenever it is asked, and comes neither to drain nor to an end.
 */
function stuckConnection() {
  const state = { localError: null as QuicheError | null, sends: 0, gone: 0 };
  const quiche: Partial<QuicheConnection> = {
    send: () => {
      // Far beyond any limit: a test that fails should end, too.
      state.sends++;
      return state.sends > 100_000 ? null : [73, route];
    },
    close: () => {
      state.localError = closed;
    },
    localError: () => state.localError,
    peerError: () => null,
    isTimedOut: () => false,
    isEstablished: () => false,
    isInEarlyData: () => false,
    isDraining: () => false,
    isClosed: () => false,
    timeout: () => null,
  };
  const clock = virtualClock();
  const owner: Partial<ConnectionOwner> = {
    clock,
    turn: new Turn(),
    packetBuffer: (size) => Buffer.alloc(size),
    transmit: () => undefined,
    ended: () => undefined,
    gone: () => {
      state.gone++;
    },
  };
  const connection = new QuicConnection(owner as ConnectionOwner, {
    quiche: quiche as QuicheConnection,
    initiator: false,
    guest: false,
    resuming: false,
    remoteAddress: route.to,
    datagramSize: 1_350,
    sessionKey: undefined,
  });
  return { connection, state, clock };
}

describe('a connection whose closing packet never changes', () => {
  test('is dropped after a few packets when this side has closed it', () => {
    const { connection, state, clock } = stuckConnection();
    const ends: unknown[] = [];
    connection.onClose((end) => ends.push(end));
    connection.close(9, 'enough');
    expect(state.gone).toBe(1);
    expect(state.sends).toBeLessThan(32);
    expect(ends).toEqual([{ code: 9, message: 'enough', remote: false }]);
    expect(clock.pendingTimers).toBe(0);
  });

  test('is dropped within one flush when it failed by itself', () => {
    const { connection, state } = stuckConnection();
    const ends: unknown[] = [];
    connection.onClose((end) => ends.push(end));
    state.localError = { isApp: false, errorCode: 0x12a, reason: new Uint8Array() };
    connection.mark();
    connection.flush();
    expect(state.gone).toBe(1);
    expect(state.sends).toBeLessThan(512);
    expect(ends).toEqual([{ code: undefined, message: 'TLS alert 42', remote: false }]);
  });

  test('lets the event loop turn while it only has much to send', async () => {
    const { connection, state, clock } = stuckConnection();
    connection.mark();
    connection.flush();
    expect(state.sends).toBeLessThan(512);
    expect(state.gone).toBe(0);
    await clock.advance(0);
    expect(state.sends).toBeGreaterThan(512 / 2);
    connection.drop('that is enough');
  });
});
