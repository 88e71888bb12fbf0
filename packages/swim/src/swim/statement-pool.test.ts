import { describe, expect, it } from '@jest/globals';
import { ProtocolError } from '@macula/core';
import { nodeId, statement } from '../../test/statements.ts';
import { encodeRumour, type Rumour } from './rumour.ts';
import { StatementPool } from './statement-pool.ts';

const alive = (n: number, incarnation = 1n): Rumour => ({
  ...statement(n, incarnation),
  status: 'alive',
});

describe('the pool of statements', () => {
  it('gives one object for the same bytes, and its bytes for that object', () => {
    const pool = new StatementPool();
    const first = pool.decode(encodeRumour(alive(1)));
    expect(first).toEqual(alive(1));
    expect(pool.decode(encodeRumour(alive(1)))).toBe(first);
    expect(pool.encode(first)).toBe(pool.encode(first));
    expect(pool.encode(first)).toEqual(encodeRumour(alive(1)));
  });

  it('keeps the newest statement of a member, and only statements of life', () => {
    const pool = new StatementPool();
    const newer = pool.decode(encodeRumour(alive(1, 5n)));
    expect(pool.decode(encodeRumour(alive(1, 4n))).incarnation).toBe(4n);
    expect(pool.decode(encodeRumour(alive(1, 5n)))).toBe(newer);
    const suspicion: Rumour = { ...alive(2), status: 'suspect', accuser: nodeId(1) };
    expect(pool.decode(encodeRumour(suspicion)).status).toBe('suspect');
    expect(pool.size).toBe(1);
  });

  it('is bounded, and refuses what is malformed', () => {
    const pool = new StatementPool(2);
    for (const n of [1, 2, 3]) pool.decode(encodeRumour(alive(n)));
    expect(pool.size).toBe(2);
    expect(() => pool.decode(Uint8Array.of(0x0a, 0xff))).toThrow(ProtocolError);
  });
});
