import { describe, expect, it } from '@jest/globals';
import { type MemberStatus, NodeId, ProtocolError } from '@macula/core';
import fc from 'fast-check';
import { decodeRumour, encodeRumour, type Rumour } from './rumour.ts';

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => NodeId.fromBytes(bytes));
const rumour: fc.Arbitrary<Rumour> = fc
  .record({
    id,
    accuser: id,
    incarnation: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    status: fc.constantFrom<MemberStatus>('alive', 'suspect', 'failed', 'left'),
    port: fc.integer({ min: 1, max: 65_535 }),
    note: fc.string({ maxLength: 20 }),
  })
  .map(({ accuser, port, note, ...said }) => ({
    ...said,
    addresses: said.status === 'alive' ? [{ host: 'seed.example', port }] : [],
    metadata: said.status === 'alive' ? { note } : {},
    ...((said.status === 'suspect' || said.status === 'failed') && { accuser }),
  }));

describe('rumours', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(rumour, (written) => {
        expect(JSON.stringify(decodeRumour(encodeRumour(written)), replacer)).toBe(
          JSON.stringify(inOrder(written), replacer),
        );
      }),
    );
  });

  it('of any bytes are read or refused with ProtocolError, nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        try {
          decodeRumour(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
    );
  });
});

const inOrder = ({ id, incarnation, addresses, metadata, status, accuser }: Rumour) => ({
  id,
  incarnation,
  addresses,
  metadata,
  status,
  accuser,
});
const replacer = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? String(value) : value;
