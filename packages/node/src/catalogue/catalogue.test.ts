import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pattern, silentLogger } from '@macula/core';
import { interestKey, writeInterest } from '@macula/pubsub';
import { Simulation } from '../../test/simulation.ts';
import { ListingDirectory } from './listing-directory.ts';
import { openCatalogue } from './open-catalogue.ts';

let simulation: Simulation;

beforeEach(() => {
  simulation = new Simulation();
});

afterEach(async () => {
  expect(await simulation.close()).toBe(0);
});

describe('a catalogue', () => {
  it('tells what nodes subscribe to and offer under a pattern, before and after it was opened', async () => {
    const monitor = await simulation.start();
    const home = await simulation.start([monitor]);
    await home.subscribe('be.cortexiq.home.measured', () => undefined);
    await home.subscribe('be.**', () => undefined);
    await home.subscribe('nl.other.topic', () => undefined);
    await simulation.clock.advance(100);

    const heard: string[] = [];
    const catalogue = openCatalogue(monitor, Pattern.parse('be.cortexiq.**'), ({ type, entry }) => {
      expect(entry.node.equals(home.id)).toBe(true);
      heard.push(`${type} ${entry.kind} ${entry.pattern.key}`);
    });
    await simulation.clock.advance(200);
    expect(heard.sort()).toEqual([
      'added subscription exact:be.cortexiq.home.measured',
      'added subscription wildcard:be.**',
    ]);

    heard.length = 0;
    const registration = await simulation.clock.complete(
      home.register('be.cortexiq.home.get_status', () => 1),
    );
    const later = await home.subscribe('be.cortexiq.home.*.sold', () => undefined);
    await simulation.clock.advance(200);
    await simulation.clock.complete(registration.unregister());
    await later.unsubscribe();
    await simulation.clock.advance(200);
    expect(heard.sort()).toEqual([
      'added procedure exact:be.cortexiq.home.get_status',
      'added subscription wildcard:be.cortexiq.home.*.sold',
      'removed procedure exact:be.cortexiq.home.get_status',
      'removed subscription wildcard:be.cortexiq.home.*.sold',
    ]);
    expect([...catalogue.entries]).toHaveLength(2);
    catalogue.close();
  });

  it('forgets a node that has crashed, and costs nothing once it is closed', async () => {
    const monitor = await simulation.start();
    const home = await simulation.start([monitor]);
    await home.subscribe('be.cortexiq.home.measured', () => undefined);
    const heard: string[] = [];
    const catalogue = openCatalogue(monitor, Pattern.parse('be.**'), ({ type }) =>
      heard.push(type),
    );
    await simulation.clock.advance(500);
    simulation.crash(home);
    await simulation.clock.advance(60_000);
    expect(heard).toEqual(['added', 'removed']);
    catalogue.close();
    const other = await simulation.start([monitor]);
    await other.subscribe('be.x', () => undefined);
    await simulation.clock.advance(500);
    expect(heard).toHaveLength(2);
  });

  it('says nothing more once it is closed, not even what was known when it was opened', async () => {
    const node = await simulation.start();
    await node.subscribe('be.x', () => undefined);
    const first = openCatalogue(node, Pattern.parse('**'), () => undefined);
    await simulation.clock.advance(500);
    const heard: string[] = [];
    openCatalogue(node, Pattern.parse('**'), ({ type }) => heard.push(type)).close();
    const hasty = openCatalogue(node, Pattern.parse('**'), ({ type }) => {
      heard.push(type);
      hasty.close();
    });
    await node.subscribe('be.y', () => undefined);
    await simulation.clock.advance(500);
    expect(heard).toEqual(['added']);
    first.close();
  });

  it('takes a change of what was announced for no departure', async () => {
    const monitor = await simulation.start();
    const home = await simulation.start([monitor]);
    const listing = new ListingDirectory(home.directory, home.realm, silentLogger, 10);
    const pattern = Pattern.parse('be.x');
    const announcement = listing.announce(
      interestKey(home.realm, pattern.literalPrefix),
      writeInterest(pattern),
    );
    const heard: string[] = [];
    const catalogue = openCatalogue(monitor, Pattern.parse('be.**'), ({ type, entry }) =>
      heard.push(`${type} ${entry.pattern.key}`),
    );
    await simulation.clock.advance(500);
    announcement.update(writeInterest(pattern, [monitor.id]));
    await simulation.clock.advance(500);
    expect(heard).toEqual(['added exact:be.x']);
    announcement.withdraw();
    await simulation.clock.advance(500);
    expect(heard).toEqual(['added exact:be.x', 'removed exact:be.x']);
    catalogue.close();
  });

  it('cannot keep others from their subscriptions by asking for very much', async () => {
    const greedy = await simulation.start();
    const home = await simulation.start([greedy], { directory: { maxOwnEntries: 60 } });
    await home.subscribe('be.first', () => undefined);
    const catalogues = ['**', '*.**', '*.*', 'be.**', 'be.*'].map((pattern) =>
      openCatalogue(greedy, Pattern.parse(pattern), () => undefined),
    );
    await simulation.clock.advance(1_000);
    for (let i = 0; i < 30; i++) await home.subscribe(`be.t${i}`, () => undefined);
    await simulation.clock.advance(1_000);
    expect(home.health().subscriptions).toBe(31);
    for (const catalogue of catalogues) catalogue.close();
  });
});
