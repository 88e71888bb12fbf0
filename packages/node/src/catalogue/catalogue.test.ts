import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pattern } from '@macula/core';
import { Simulation } from '../../test/simulation.ts';
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
});
