import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Link,
  LinkCloseCode,
  type LinkCloseReason,
  LimitExceededError,
  parseAddress,
  parseRealm,
  systemClock,
} from '@macula/core';
import { ephemeralIdentity, openAdmission } from '@macula/identity';
import { createTransport, type Transport } from '@macula/transport';
import { FrameKind, MemberRecord, MemberRecord_Status, Peers } from '@macula/wire';
import fc from 'fast-check';
import { BesiegedMesh, type Toll } from '../test/abuse/besieged-mesh.ts';
import { encoded, frameCorpus, raw, type WildFrame, wildFrame } from '../test/abuse/wild-frames.ts';
import { eventually } from '../test/processes/process-mesh.ts';

const realm = parseRealm('be.macula.proof');
const mebibyte = 1_048_576;
const mesh = new BesiegedMesh();
const rogues: Transport[] = [];

beforeAll(() => mesh.start(), 30_000);
afterAll(async () => {
  await Promise.all(rogues.map((rogue) => rogue.stop()));
  await mesh.end();
});

/** A member of the realm, without any of a node's layers: says what it is told to. */
async function rogue(tcp = false): Promise<{ self: Uint8Array; dial: () => Promise<Link> }> {
  const deps = { identity: await ephemeralIdentity(), admission: openAdmission(realm) };
  const transport = createTransport(deps, { host: '127.0.0.1', tcp, quic: !tcp });
  rogues.push(transport);
  await transport.start();
  const address = parseAddress(`127.0.0.1:${mesh.port}`);
  return { self: transport.self.bytes, dial: () => transport.dial(address) };
}

/** A thousand members at a port where nobody is. */
function peersOutOfThinAir(self: Uint8Array, round: number): WildFrame {
  const record = (id: Uint8Array, incarnation: number): MemberRecord => ({
    ...{ id, incarnation: BigInt(incarnation), addresses: ['127.0.0.1:9'] },
    ...{ metadata: {}, status: MemberRecord_Status.ALIVE },
  });
  const known = Array.from({ length: 1_000 }, () => record(randomBytes(32), round));
  const header = Peers.encode({ self: record(self, 1), known }).finish();
  return { kind: FrameKind.peers, header, payload: new Uint8Array(0) };
}

function endOf(link: Link): Promise<LinkCloseReason> {
  return new Promise((resolve) => void link.onClose(resolve));
}

function expectUnharmed(toll: Toll, allowed = { heap: 4, rss: 64, handles: 2 }): void {
  expect(toll.harm).toEqual([]);
  expect(toll.heapGrowth).toBeLessThan(allowed.heap * mebibyte);
  expect(toll.rssGrowth).toBeLessThan(allowed.rss * mebibyte);
  expect(toll.handlesLeft).toBeLessThanOrEqual(allowed.handles);
}

const patience = () => new Promise<void>((resolve) => systemClock.setTimer(resolve, 1));

/** Sends what the link takes of `frames`, and waits until the other side has read it, or has had enough. */
async function say(link: Link, frames: readonly WildFrame[]): Promise<LinkCloseReason | undefined> {
  let end: LinkCloseReason | undefined;
  link.onClose((reason) => (end = reason));
  for (const frame of frames) link.send(encoded(frame));
  // What was sent on each of the three streams is read before a question that comes later on the control stream,
  // or so shortly after it that the next round finds out.
  await link.request(0x7f, new Uint8Array(1), { timeout: 1_000 }).catch(() => undefined);
  return end;
}

const typed: readonly number[] = [
  LinkCloseCode.protocolViolation,
  LinkCloseCode.frameTooLarge,
  LinkCloseCode.overloaded,
  // The peer took a goodbye at its word.
  LinkCloseCode.none,
];

describe('a mesh with a rogue in it', () => {
  it.each([
    ['QUIC', false],
    ['TCP', true],
  ])(
    'survives frames of every kind with anything in them, over %s',
    async (_, tcp) => {
      const { dial } = await rogue(tcp);
      const seed = (systemClock.wallTime() % 2 ** 31) | 0;
      const untyped: string[] = [];
      const toll = await mesh.under(async () => {
        const round = async (frames: readonly WildFrame[]): Promise<void> => {
          const link = await dial();
          const end = await say(link, frames);
          // A rogue can also give itself a code, by a goodbye.
          const own = frames.some(({ kind }) => kind === FrameKind.goodbye);
          if (end !== undefined && !own && !typed.includes(end.code)) {
            const hex = frames.map(({ kind, header, payload }) => {
              return `${kind} ${Buffer.from(header).toString('hex')} ${Buffer.from(payload).toString('hex')}`;
            });
            untyped.push(`seed ${seed}: ${JSON.stringify(end)} after ${hex.join('; ')}`);
          }
        };
        for (const frame of frameCorpus()) await round([frame]);
        const frames = fc.array(wildFrame, { minLength: 1, maxLength: 8 });
        for (const sample of fc.sample(frames, { numRuns: 150, seed })) await round(sample);
      });
      expect(untyped).toEqual([]);
      expectUnharmed(toll);
    },
    90_000,
  );

  it('ends links that exceed the size of a frame, or are no frames at all', async () => {
    const { dial } = await rogue();
    const toll = await mesh.under(async () => {
      for (const kind of [FrameKind.ping, FrameKind.event, FrameKind.call]) {
        const tooLarge = await dial();
        // Four gigabytes announced, none sent.
        tooLarge.send(raw(kind, Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f)));
        expect((await endOf(tooLarge)).code).toBe(LinkCloseCode.frameTooLarge);
        const malformed = await dial();
        malformed.send(raw(kind, Uint8Array.of(3, kind, 9, 9)));
        expect((await endOf(malformed)).code).toBe(LinkCloseCode.protocolViolation);
      }
    });
    expectUnharmed(toll);
  }, 30_000);

  it('answers requests without end, and goes on with its own', async () => {
    const { dial } = await rogue();
    const toll = await mesh.under(async () => {
      const link = await dial();
      const ends = new Map<string, number>();
      for (let sent = 0; sent < 20_000; sent += 500) {
        const batch = Array.from({ length: 500 }, () =>
          link.request(0x7f, new Uint8Array(200)).catch((error: Error) => {
            ends.set(error.name, (ends.get(error.name) ?? 0) + 1);
          }),
        );
        await Promise.all(batch);
      }
      expect([...ends.keys()]).toEqual(['RequestFailedError']);
      await link.close();
    });
    expectUnharmed(toll);
  }, 40_000);

  it('opens streams to nobody as long as there is room, and gets it back', async () => {
    const { dial } = await rogue();
    const toll = await mesh.under(async () => {
      for (let round = 0; round < 3; round++) {
        const link = await dial();
        let opened = 0;
        let closed = 0;
        const open = (): boolean => {
          try {
            const stream = link.openStream(0x7e, new Uint8Array(100));
            stream.onClose(() => closed++);
            opened++;
            return true;
          } catch (error) {
            expect(error).toBeInstanceOf(LimitExceededError);
            return false;
          }
        };
        for (let i = 0; i < 5_000; i++) if (!open()) await patience();
        expect(opened).toBeGreaterThan(100);
        await eventually('all are refused', () => closed === opened);
        await link.close();
      }
    });
    expectUnharmed(toll);
  }, 40_000);

  it('names members that do not exist, and the mesh does not drown in dials', async () => {
    const { dial, self } = await rogue();
    const toll = await mesh.under(async () => {
      const link = await dial();
      for (let round = 1; round <= 20; round++) {
        const frame = peersOutOfThinAir(self, round);
        while (!link.send(encoded(frame))) await patience();
      }
      await link.request(0x7f, new Uint8Array(1)).catch(() => undefined);
      await link.close();
    });
    // It goes on looking for some of them, a few at a time.
    expectUnharmed(toll, { heap: 8, rss: 64, handles: 64 });
  }, 60_000);

  it('can stop as if nothing had been', async () => {
    expect(await mesh.retire()).toEqual([
      { code: 0, held: [] },
      { code: 0, held: [] },
    ]);
  }, 30_000);
});
