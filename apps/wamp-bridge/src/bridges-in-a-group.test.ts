import { afterEach, describe, expect, test } from '@jest/globals';
import { LoadedTown } from '../test/loaded-town.ts';

let town: LoadedTown;

afterEach(() => town.stop());

/** Nothing lost, doubled or disordered, and enough that it could have been. */
const exact = expect.objectContaining({ lost: 0, doubled: 0, disordered: 0 });

function expectExact(atLeast: number): void {
  expect(town.accounts).toEqual({ toMesh: exact, toRouter: exact });
  expect(town.accounts.toMesh.heard).toBeGreaterThan(atLeast);
  expect(town.accounts.toRouter.heard).toBeGreaterThan(atLeast);
}

describe('a bridge', () => {
  test('that is alone carries after settleMs, and loses nothing of that time', async () => {
    town = await LoadedTown.start(1);
    const { bridge } = await town.clock.complete(town.bridge());
    await town.clock.advance(480);
    expect(bridge.health()).toMatchObject({ status: 'settling', group: { works: false } });
    expect(bridge.health().toRouter.waiting).toBeGreaterThan(50);
    expect(town.accounts.toRouter.heard).toBe(0);
    await town.clock.advance(50);
    expect(bridge.health()).toMatchObject({ status: 'connected', group: { works: true } });
    await town.clock.advance(1_000);
    await town.finish();
    expectExact(400);
  });

  test('waits for one that is at the router and not in its mesh, but not for ever', async () => {
    town = await LoadedTown.start(2);
    const far = new LoadedTown(3, town);
    try {
      await town.clock.complete(far.node());
      await town.clock.complete(far.bridge());
      await town.clock.advance(1_000);
      const { bridge } = await town.clock.complete(town.bridge());
      await town.clock.advance(9_000);
      expect(bridge.health().status).toBe('settling');
      await town.clock.advance(1_500);
      expect(bridge.health().status).toBe('connected');
      await town.finish();
      expectExact(1_000);
    } finally {
      await far.stop();
    }
  });

  test('does without the roll call where the router forbids it', async () => {
    town = await LoadedTown.start(4);
    town.router.refused = 'macula.wamp_bridge.be.macula.simulated.bridge';
    await town.clock.complete(town.bridge());
    await town.clock.advance(2_000);
    const { bridge } = await town.clock.complete(town.bridge());
    await town.shared(2_000);
    expect(bridge.health()).toMatchObject({ status: 'degraded', router: { refused: 1 } });
    await town.finish();
    expectExact(1_000);
  });

  test('names as crossing only what the router has granted', async () => {
    town = await LoadedTown.start(5);
    const [granted, refused] = ['be.up.a', 'be.up.b'];
    town.router.refused = refused;
    const { bridge } = await town.clock.complete(town.bridge());
    await town.clock.advance(1_000);
    expect(bridge.health()).toMatchObject({ status: 'degraded', router: { refused: 1 } });
    expect(bridge.health().toMesh.topics).toContain(granted);
    expect(bridge.health().toMesh.topics).not.toContain(refused);
    town.router.endBridges();
    await town.clock.advance(0);
    expect(bridge.health()).toMatchObject({ status: 'buffering', toMesh: { topics: [] } });
    await town.finish();
  });
});

describe('bridges of a group, under load', () => {
  test.each([1, 2])(
    'that start at the same instant bring everything once (seed %i)',
    async (seed) => {
      town = await LoadedTown.start(seed);
      await town.clock.advance(500);
      await town.clock.complete(Promise.all([town.bridge(), town.bridge()]));
      await town.shared(3_000);
      await town.finish();
      expectExact(1_000);
    },
  );

  test.each([0, 300, 520, 1_100])(
    'bring everything once when the second starts %i ms after the first, and a third later',
    async (later) => {
      town = await LoadedTown.start(later + 1);
      const first = town.bridge();
      await town.clock.advance(later);
      await town.clock.complete(Promise.all([first, town.bridge()]));
      await town.shared(2_000);
      await town.clock.complete(town.bridge());
      await town.shared(2_000);
      await town.finish();
      expectExact(1_000);
    },
  );

  test.each([1, 2])(
    'that lose the router together bring twice only what it took without saying so (seed %i)',
    async (seed) => {
      town = await LoadedTown.start(seed);
      await town.clock.complete(Promise.all([town.bridge(), town.bridge()]));
      await town.shared(2_000);
      town.router.endBridges();
      await town.clock.advance(100);
      await town.shared(2_000);
      await town.finish();
      const { toMesh, toRouter } = town.accounts;
      // Nobody was there for the router's events while the bridges were away.
      expect(toMesh).toMatchObject({ doubled: 0, disordered: 0 });
      expect(toRouter).toMatchObject({ lost: 0, disordered: 0 });
      expect(toRouter.doubled).toBeLessThanOrEqual(town.atRouter.size);
    },
  );

  test.each([1])(
    'that a partition of the mesh has kept apart lose nothing, and share again afterwards (seed %i)',
    async (seed) => {
      town = await LoadedTown.start(seed);
      const far = await town.clock.complete(town.node());
      const heardFar: number[] = [];
      await town.listen(far, 'a', heardFar);
      const both = Promise.all([town.bridge(), town.bridge()]);
      const [one, other] = await town.clock.complete(both);
      await town.shared(2_000);
      const heal = town.partition([town.native, one.node], [far, other.node]);
      const apart = (): boolean => town.bridges.every((one) => one.health().group.fellows === 0);
      await town.clock.runUntil(apart, { limitMs: 120_000 });
      await town.clock.advance(5_000);
      // Each carries all that there is for its own part.
      expect(town.bridges.map((one) => one.health().group.works)).toEqual([true, true]);
      heal();
      await town.shared(5_000);
      expect(town.accounts.toMesh.lost + town.accounts.toRouter.lost).toBe(0);
      expect(new Set(heardFar).size).toBe(
        (heardFar.at(-1) as number) - (heardFar[0] as number) + 1,
      );
      town.forget();
      await town.clock.advance(5_000);
      await town.finish();
      expectExact(1_000);
    },
  );
});
