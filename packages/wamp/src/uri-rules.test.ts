import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { RawClient } from '../test/raw-client.ts';
import { RouterFixture } from '../test/router-fixture.ts';

const [publish, subscribe, call, register] = [16, 32, 48, 64];

/** What WAMP calls loose is everything but empty segments, white space and `#`; strict are small letters, digits, `_` and here `-`. */
describe.each([
  ['strict', ['a.b', 'a_1.2-b'], ['A.b', 'a.é', 'a..b', '', 'a b', 'a.b#', 'a.']],
  ['loose', ['a.b', 'A.b', 'a.é', 'a.$b/c'], ['a..b', '', 'a b', 'a.b#', 'a.']],
] as const)('names of topics and procedures in mode %s', (uriMode, good, bad) => {
  let fixture: RouterFixture;
  let client: RawClient;
  let other: RawClient;

  beforeEach(async () => {
    fixture = new RouterFixture();
    fixture.mesh.uriMode = uriMode;
    client = await RawClient.joined((await fixture.router({ uriMode })).router);
    other = await RawClient.joined((await fixture.router({ uriMode })).router);
  });

  afterEach(() => fixture.stop());

  test.each(good)('%j is one', async (name) => {
    await other.request(subscribe, {}, name);
    await other.request(subscribe, { match: 'wildcard' }, `${name}..x`);
    expect((await other.request(register, {}, name)).type).toBe('registered');
    client.send([publish, 101, {}, name, [1]]);
    client.send([publish, 102, {}, `${name}.any.x`, [2]]);
    for (const value of [1, 2]) expect((await other.next('event')).args).toEqual([value]);
    client.send([call, 103, {}, name, [3]]);
    expect((await other.next('invocation')).args).toEqual([3]);
  });

  test.each(bad)('%j is none', async (name) => {
    const invalid = { error: 'wamp.error.invalid_uri' };
    expect(await client.request(publish, { acknowledge: true }, name)).toMatchObject(invalid);
    for (const code of [subscribe, call, register]) {
      expect(await client.request(code, {}, name)).toMatchObject(invalid);
    }
  });
});
