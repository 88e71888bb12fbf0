import { describe, expect, it } from '@jest/globals';
import { DirectoryKey } from '@macula/core';
import { testSigner } from '../../test/test-signer.ts';
import { type SignedRecord, signRecord } from './record.ts';
import { SpareIds } from './spare-ids.ts';

const here = DirectoryKey.of('test', 'here');
const there = DirectoryKey.of('test', 'there');
const signer = testSigner('a');

function withdrawal(key: DirectoryKey, id: string, expiresAt = 1_000): SignedRecord {
  return signRecord(signer, {
    ...{ key, id, sequence: 2, expiresAt, withdrawn: true },
    value: new Uint8Array(0),
  });
}

describe('IDs of withdrawn entries', () => {
  it('are given to entries under the same key, each once, with the sequence to go on from', () => {
    const spare = new SpareIds(10);
    spare.keep(withdrawal(here, 'x'));
    spare.keep(withdrawal(here, 'y'));
    expect(spare.take(there)).toBeUndefined();
    const taken = [spare.take(here), spare.take(here), spare.take(here)];
    expect(taken.map((id) => id?.id)).toEqual(['y', 'x', undefined]);
    expect(taken[0]?.sequence).toBe(2);
    expect(spare.size).toBe(0);
  });

  it('are remembered up to a limit', () => {
    const spare = new SpareIds(2);
    for (const id of ['x', 'y', 'z']) spare.keep(withdrawal(here, id));
    expect(spare.size).toBe(2);
    expect(spare.take(here)?.id).toBe('y');
  });

  it('are forgotten when replicas have forgotten the withdrawal', () => {
    const spare = new SpareIds(10);
    spare.keep(withdrawal(here, 'old', 500));
    spare.keep(withdrawal(here, 'young', 1_500));
    spare.keep(withdrawal(there, 'old', 500));
    spare.sweep(500);
    expect(spare.size).toBe(1);
    expect(spare.take(here)?.id).toBe('young');
    expect(spare.take(here)).toBeUndefined();
    expect(spare.take(there)).toBeUndefined();
  });
});
