import { describe, expect, it } from '@jest/globals';
import {
  type Address,
  type EncodedFrame,
  type FrameView,
  NodeId,
  ProtocolError,
} from '@macula/core';
import { FrameKind, FrameWriter, Peers, readFrame } from '@macula/wire';
import fc from 'fast-check';
import { maxAddresses, type MemberStatement, recordOf } from './member-statement.ts';
import {
  leaveFrame,
  memberUpdateFrame,
  peersFrame,
  readLeave,
  readMemberUpdate,
  readPeers,
} from './membership-frames.ts';

const viewOf = (frame: EncodedFrame): FrameView =>
  readFrame(frame.bytes.subarray(frame.start, frame.end));
const garbage = (kind: number, header: Uint8Array): FrameView =>
  viewOf(new FrameWriter().empty().frame(kind, header));

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => NodeId.fromBytes(bytes));
const address: fc.Arbitrary<Address> = fc.record({
  host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('seed.example', 'a-b.example')),
  port: fc.integer({ min: 1, max: 65_535 }),
});
const statement: fc.Arbitrary<MemberStatement> = fc.record({
  id,
  incarnation: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  addresses: fc.array(address, { maxLength: maxAddresses }),
  metadata: fc.dictionary(
    fc.string({ maxLength: 10 }).filter((key) => key !== '__proto__'),
    fc.string({ maxLength: 20 }),
    { maxKeys: 5 },
  ),
});

const plain = ({ id, incarnation, addresses, metadata }: MemberStatement) => ({
  id: id.key,
  incarnation,
  addresses,
  metadata: { ...metadata },
});

describe('membership frames', () => {
  it('carry statements without change', () => {
    fc.assert(
      fc.property(statement, fc.array(statement, { maxLength: 5 }), (self, known) => {
        const read = readPeers(
          viewOf(
            peersFrame(
              self,
              known.map((of) => ({ statement: of, suspect: false })),
            ),
          ),
        );
        expect(plain(read.self)).toEqual(plain(self));
        expect(read.known.map(plain)).toEqual(known.map(plain));
        expect(plain(readMemberUpdate(viewOf(memberUpdateFrame(self))))).toEqual(plain(self));
        expect(readLeave(viewOf(leaveFrame(self.incarnation)))).toBe(self.incarnation);
      }),
      { numRuns: 50 },
    );
  });

  it('answer garbage with a ProtocolError and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const [kind, read] of [
          [FrameKind.peers, readPeers],
          [FrameKind.memberUpdate, readMemberUpdate],
          [FrameKind.leave, readLeave],
        ] as const) {
          try {
            read(garbage(kind, bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  const self: MemberStatement = {
    id: NodeId.fromBytes(new Uint8Array(32)),
    incarnation: 1n,
    addresses: [],
    metadata: {},
  };

  it.each([
    ['no record of the sender', { self: undefined }],
    ['a short ID', { self: { ...recordOf(self), id: new Uint8Array(31) } }],
    ['too many addresses', { self: { ...recordOf(self), addresses: Array(17).fill('a:1') } }],
    ['a malformed address', { self: { ...recordOf(self), addresses: ['no port'] } }],
    ['an endless address', { self: { ...recordOf(self), addresses: ['a'.repeat(400) + ':1'] } }],
    ['too much metadata', { self: { ...recordOf(self), metadata: { k: 'v'.repeat(600) } } }],
    ['too many members', { self: recordOf(self), known: Array(1_025).fill(recordOf(self)) }],
  ])('refuse %s', (_, message) => {
    const header = Peers.encode({ known: [], ...message }).finish();
    expect(() => readPeers(garbage(FrameKind.peers, header))).toThrow(ProtocolError);
  });

  it('leave out addresses that cannot be dialled', () => {
    const record = { ...recordOf(self), addresses: ['a:0', 'b:1'] };
    const header = Peers.encode({ self: record, known: [] }).finish();
    expect(readPeers(garbage(FrameKind.peers, header)).self.addresses).toEqual([
      { host: 'b', port: 1 },
    ]);
  });
});
