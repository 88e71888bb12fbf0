import { describe, expect, it } from '@jest/globals';
import { InvalidArgumentError } from '@macula/core';
import { type AnyStateMachine, createActor, createMachine, initialTransition } from 'xstate';
import { type Chart, chartOf } from './chart.ts';
import { greetingChart, greetingMachine } from './greeting/greeting-machine.ts';
import { linkChart, linkMachine } from './link/link-machine.ts';
import { dialChart, dialMachine } from './pool/dial-machine.ts';

const charts: readonly (readonly [AnyStateMachine, Chart<string, string>])[] = [
  [greetingMachine, greetingChart],
  [linkMachine, linkChart],
  [dialMachine, dialChart],
];

describe.each(charts.map(([machine, chart]) => [machine.id, machine, chart] as const))(
  'the chart of the machine %s',
  (_id, machine, chart) => {
    it('begins where the machine begins', () => {
      expect(chart.initial).toBe(initialTransition(machine)[0].value);
    });

    it('leads from every state, by every event, to where the interpreter goes', () => {
      const states = Object.keys(machine.states);
      const events = [...machine.events, 'of which it knows nothing'];
      expect(states.length * events.length).toBeGreaterThan(12);
      for (const value of states) {
        for (const type of events) {
          const status = machine.states[value]?.type === 'final' ? 'done' : 'active';
          const snapshot = machine.resolveState({ value, status, context: {} });
          const interpreter = createActor(machine, { snapshot }).start();
          interpreter.send({ type });
          const interpreted = interpreter.getSnapshot();
          expect([value, type, chart.next(value, type)]).toEqual([value, type, interpreted.value]);
        }
      }
    });
  },
);

describe('a machine that a chart cannot stand for is refused', () => {
  const on = { go: 'there' };
  it.each([
    ['nested states', { here: { on }, there: { initial: 'inside', states: { inside: {} } } }],
    ['a guard', { here: { on: { go: { target: 'there', guard: () => false } } }, there: {} }],
    [
      'an action',
      { here: { on: { go: { target: 'there', actions: () => undefined } } }, there: {} },
    ],
    ['a way without a target', { here: { on: { go: { actions: [] } } }, there: {} }],
    ['an entry', { here: { on }, there: { entry: () => undefined } }],
    ['a timer', { here: { on, after: { 10: 'there' } }, there: {} }],
    ['a way without an event', { here: { always: 'there' }, there: {} }],
  ])('for %s', (_what, states) => {
    const machine = createMachine({ id: 'complex', initial: 'here', states } as object);
    expect(() => chartOf(machine)).toThrow(InvalidArgumentError);
  });
});
