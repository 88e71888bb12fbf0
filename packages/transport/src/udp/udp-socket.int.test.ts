import { afterEach, expect, test } from '@jest/globals';
import { type Address, type DatagramSocket, InvalidArgumentError } from '@macula/core';
import { eventually } from '../../test/quic-fixture.ts';
import { bindUdpSocket, type UdpSocketOptions } from './udp-socket.ts';

const sockets: DatagramSocket[] = [];

afterEach(() => Promise.all(sockets.splice(0).map((socket) => socket.close())));

async function bind(options: UdpSocketOptions = {}): Promise<DatagramSocket> {
  const socket = await bindUdpSocket(options);
  sockets.push(socket);
  return socket;
}

function listen(socket: DatagramSocket): { text: string; from: Address }[] {
  const heard: { text: string; from: Address }[] = [];
  socket.onMessage((bytes, from) => heard.push({ text: Buffer.from(bytes).toString(), from }));
  return heard;
}

test('a socket on all addresses speaks IPv4 and IPv6, and names IPv4 peers as such', async () => {
  const both = await bind();
  const four = await bind({ host: '127.0.0.1' });
  const heardByBoth = listen(both);
  const heardByFour = listen(four);
  four.send(Buffer.from('ping'), { host: '127.0.0.1', port: both.localAddress.port });
  await eventually('the ping', () => heardByBoth.length === 1);
  expect(heardByBoth[0]).toEqual({ text: 'ping', from: four.localAddress });
  both.send(Buffer.from('pong'), four.localAddress);
  await eventually('the pong', () => heardByFour.length === 1);
  expect(heardByFour[0]?.text).toBe('pong');
});

test('a taken port is a clear error', async () => {
  const { localAddress } = await bind({ host: '127.0.0.1' });
  const second = bindUdpSocket({ host: '127.0.0.1', port: localAddress.port });
  await expect(second).rejects.toBeInstanceOf(InvalidArgumentError);
  await expect(second).rejects.toThrow(/port is in use: choose another/);
});

test('an address that is not of this machine is a clear error', async () => {
  await expect(bindUdpSocket({ host: '192.0.2.1' })).rejects.toThrow(
    /cannot bind UDP 192\.0\.2\.1:0/,
  );
});

test('what the system refuses to send is lost, and harms nothing', async () => {
  const socket = await bind({ host: '127.0.0.1' });
  const heard = listen(socket);
  socket.send(Buffer.alloc(70_000), socket.localAddress);
  socket.send(Buffer.from('still here'), socket.localAddress);
  await eventually('the message', () => heard.length === 1);
  expect(heard[0]?.text).toBe('still here');
});

test('listeners can leave, and a closed socket takes nothing', async () => {
  const socket = await bind({ host: '127.0.0.1' });
  let count = 0;
  const leave = socket.onMessage(() => count++);
  leave();
  const heard = listen(socket);
  socket.send(Buffer.from('x'), socket.localAddress);
  await eventually('the message', () => heard.length === 1);
  expect(count).toBe(0);
  await Promise.all([socket.close(), socket.close()]);
  socket.send(Buffer.from('y'), socket.localAddress);
});
