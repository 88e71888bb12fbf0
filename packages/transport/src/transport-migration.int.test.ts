import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type Link, NotRunningError } from '@macula/core';
import { eventually } from '@macula/testkit';
import { transportFixture, type TransportFixture } from '../test/transport-fixture.ts';
import { bindUdpSocket } from './udp/udp-socket.ts';

const kind = 0x1001;

let fixture: TransportFixture;

beforeEach(() => {
  fixture = transportFixture({ tcp: false });
});

afterEach(() => fixture.stop());

describe('a node that moves to another socket', () => {
  it('keeps the links that it has dialled, and is found at its new address', async () => {
    const roaming = await fixture.node();
    const dialled = await fixture.node();
    const dialler = await fixture.node();
    for (const node of [roaming, dialled, dialler]) {
      node.handleRequest(kind, (_link, body) => body);
    }
    const out = await roaming.dial(dialled.localAddresses[0]!);
    const former = roaming.localAddresses[0]!;
    const back = await dialler.dial(former);

    const socket = await bindUdpSocket({ host: '127.0.0.1' });
    const moved = roaming.migrate(socket);
    expect(roaming.localAddresses).toEqual([socket.localAddress]);
    expect(socket.localAddress.port).not.toBe(former.port);
    const ask = async (link: Link): Promise<number[]> => [
      ...(await link.request(kind, Uint8Array.of(1, 2, 3), { timeout: 5_000 })),
    ];
    // Those that were accepted are served over the former socket for as long as it is open.
    expect(await ask(back)).toEqual([1, 2, 3]);
    await moved;
    await eventually(() => back.state === 'closed');
    expect(await ask(out)).toEqual([1, 2, 3]);
    const again = await dialler.dial(socket.localAddress, { expected: roaming.self });
    expect(await ask(again)).toEqual([1, 2, 3]);
  }, 20_000);

  it('says so where there is no QUIC to move', async () => {
    const node = await fixture.node({ tcp: true, quic: false });
    const socket = await bindUdpSocket({ host: '127.0.0.1' });
    await expect(node.migrate(socket)).rejects.toThrow(NotRunningError);
    await socket.close();
  });
});
