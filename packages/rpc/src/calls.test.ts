import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Pair } from '../test/pair.ts';
import { withKwargs } from './index.ts';

describe('calls', () => {
  let mesh: Pair;

  beforeEach(async () => {
    mesh = await Pair.start();
  });

  afterEach(() => mesh.stop());

  it('answer with what the handler returns', async () => {
    await mesh.offer('math.sum', ([a, b]) => Number(a) + Number(b));
    expect(await mesh.call('math.sum', [1, 2])).toBe(3);
  });

  it('answer with what the handler resolves to', async () => {
    await mesh.offer('math.sum', async ([a, b]) => {
      await Promise.resolve();
      return Number(a) + Number(b);
    });
    expect(await mesh.call('math.sum', [1, 2])).toBe(3);
  });

  it.each([
    ['a list', [1, 'two', null]],
    ['a map', { a: 1, b: [2] }],
    ['one value', 'hello'],
    ['nothing', undefined],
    ['null', null],
    ['bytes', new Uint8Array([1, 2, 3])],
    ['a date', new Date(86_400_000)],
    ['args and kwargs', withKwargs([1], { two: 2 })],
  ])('carry %s there and back', async (_what, value) => {
    await mesh.offer('echo', (_args, context) => context.payload);
    expect(await mesh.call('echo', value)).toEqual(value);
  });

  it('give the handler args, kwargs, payload, procedure and trace context', async () => {
    let seen: unknown[] = [];
    await mesh.offer('look', (args, context) => {
      const { kwargs, payload, procedure, traceparent, caller: who } = context;
      seen = [args, context.args, kwargs, payload, procedure, traceparent, who];
    });
    const message = withKwargs(['a'], { b: 'c' });
    await mesh.call('look', message, { traceparent: '00-ab-cd-01' });
    expect(seen).toEqual([['a'], ['a'], { b: 'c' }, message, 'look', '00-ab-cd-01', undefined]);
    await mesh.call('look');
    expect(seen).toEqual([[undefined], [undefined], {}, undefined, 'look', undefined, undefined]);
  });

  it('show the caller when it discloses itself, or when the registration asks for it', async () => {
    await mesh.offer('who', (_args, context) => context.caller?.key ?? 'nobody');
    await mesh.offer('who.always', (_args, context) => context.caller?.key ?? 'nobody', {
      discloseCaller: true,
    });
    expect(await mesh.call('who')).toBe('nobody');
    expect(await mesh.call('who', [], { discloseMe: true })).toBe(mesh.caller.links.self.key);
    expect(await mesh.call('who.always')).toBe(mesh.caller.links.self.key);
  });

  it('reach a procedure of the calling node itself, with copies of the values', async () => {
    const given = { list: [1, 2] };
    let received: { list: number[] } | undefined;
    await mesh.caller.rpc.register('here', (_args, context) => {
      received = context.payload as { list: number[] };
      received.list.push(3);
      return received;
    });
    const answer = (await mesh.call('here', given)) as { list: number[] };
    expect(answer).toEqual({ list: [1, 2, 3] });
    expect(given.list).toEqual([1, 2]);
    expect(answer.list).not.toBe(received?.list);
    expect([...mesh.caller.links.all()]).toEqual([]);
  });

  it('run many at once, each with its own answer', async () => {
    await mesh.offer('double', async ([n]) => {
      await new Promise<void>((resolve) => {
        mesh.callee.links.clock.setTimer(resolve, 1 + (Number(n) % 7));
      });
      return Number(n) * 2;
    });
    const numbers = Array.from({ length: 500 }, (_, n) => n);
    const answers = Promise.all(numbers.map((n) => mesh.caller.rpc.call('double', [n])));
    expect(await mesh.clock.complete(answers)).toEqual(numbers.map((n) => n * 2));
    expect(mesh.caller.metrics.value('macula_rpc_calls_total ok')).toBe(500);
    expect(mesh.caller.metrics.value('macula_rpc_call_duration_seconds')).toBe(500);
    expect(mesh.caller.metrics.value('macula_rpc_calls_in_flight')).toBe(0);
  });

  it('survive more procedures than a link has aliases for', async () => {
    await mesh.offer('many.*', (_args, { procedure }) => procedure);
    for (let i = 0; i < 4_200; i += 300) {
      const names = Array.from({ length: 300 }, (_, n) => `many.p${i + n}`);
      const answers = names.map((name) => mesh.caller.rpc.call(name));
      expect(await mesh.clock.complete(Promise.all(answers))).toEqual(names);
    }
  });
});
