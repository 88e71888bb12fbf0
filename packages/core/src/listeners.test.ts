import { expect, test } from '@jest/globals';
import { Listeners } from './listeners.ts';

test('everybody who listens is called with what was emitted, in the order they came', () => {
  const heard: string[] = [];
  const listeners = new Listeners<[string, number]>();
  listeners.emit('nobody', 0);
  listeners.add((text, n) => heard.push(`a ${text} ${n}`));
  listeners.add((text, n) => heard.push(`b ${text} ${n}`));
  listeners.emit('x', 1);
  expect(heard).toEqual(['a x 1', 'b x 1']);
});

test('a function that is added twice is called twice, and each registration ends for itself', () => {
  let calls = 0;
  const listener = (): number => ++calls;
  const listeners = new Listeners();
  const first = listeners.add(listener);
  const second = listeners.add(listener);
  listeners.emit();
  expect(calls).toBe(2);
  first();
  first();
  listeners.emit();
  expect(calls).toBe(3);
  second();
  listeners.emit();
  expect(calls).toBe(3);
});

test('who leaves during a call is not called, who comes is called from the next one on', () => {
  const heard: string[] = [];
  const listeners = new Listeners();
  listeners.add(() => {
    heard.push('first');
    leave();
    if (heard.length === 1) listeners.add(() => heard.push('late'));
  });
  const leave = listeners.add(() => heard.push('left'));
  listeners.emit();
  expect(heard).toEqual(['first']);
  listeners.emit();
  expect(heard).toEqual(['first', 'first', 'late']);
});

test('after clear nobody is called, not even those of the call that goes on', () => {
  const heard: string[] = [];
  const listeners = new Listeners();
  listeners.add(() => {
    heard.push('first');
    listeners.clear();
  });
  listeners.add(() => heard.push('second'));
  listeners.emit();
  listeners.emit();
  expect(heard).toEqual(['first']);
});

test('a listener that throws is reported and harms no other', () => {
  const heard: number[] = [];
  const failures: [unknown, number][] = [];
  const failure = new Error('listener');
  const listeners = new Listeners<[number]>((error, n) => failures.push([error, n]));
  listeners.add(() => {
    throw failure;
  });
  listeners.add((n) => heard.push(n));
  listeners.emit(7);
  expect(heard).toEqual([7]);
  expect(failures).toEqual([[failure, 7]]);
});

test('with nobody to report to, the one who emits gets the exception', () => {
  const listeners = new Listeners();
  listeners.add(() => {
    throw new Error('listener');
  });
  expect(() => {
    listeners.emit();
  }).toThrow('listener');
});

test('it is empty before the first listener comes and after the last has left', () => {
  const listeners = new Listeners();
  expect(listeners.isEmpty).toBe(true);
  const leave = listeners.add(() => undefined);
  expect(listeners.isEmpty).toBe(false);
  leave();
  expect(listeners.isEmpty).toBe(true);
});
