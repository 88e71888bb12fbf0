import { describe, expect, test } from '@jest/globals';
import { Pattern, systemRandom } from '@macula/core';
import type { WampMessage } from '../index.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';
import type { IncomingCall } from './incoming-call.ts';
import { Invocations } from './invocations.ts';
import { ProcedureRegistration } from './procedure-registration.ts';

describe('invocations', () => {
  test('are let go with their call, whether the callee is told or not', () => {
    const sent: WampMessage[] = [];
    let requests = 0;
    const callee = {
      nextRequest: () => ++requests,
      send: (message: WampMessage) => sent.push(message) > 0,
      supports: () => true,
    } as unknown as ClientSession;
    const pattern = Pattern.parse('a.p');
    const registration = new ProcedureRegistration({
      ...{ id: 1, uri: 'a.p', created: '2026-01-01T00:00:00.000Z', pattern, invoke: 'single' },
    });
    registration.add(callee);
    const invocations = new Invocations({
      random: systemRandom,
      metrics: { invocations: { inc: () => undefined } },
    } as unknown as RouterContext);
    const ended: string[] = [];
    const begin = (name: string): ReturnType<Invocations['begin']> =>
      invocations.begin(registration, {
        procedure: 'a.p',
        wantsProgress: false,
        caller: undefined,
        progressed: () => undefined,
        returned: () => ended.push(`${name} returned`),
        failed: () => ended.push(`${name} failed`),
      } as IncomingCall);

    const [told, untold] = [begin('told'), begin('untold')];
    begin('open');
    invocations.abandon(told, 'wamp.error.canceled');
    invocations.abandon(untold, undefined);
    expect(sent.filter(({ type }) => type === 'interrupt')).toMatchObject([{ request: 1 }]);
    for (const request of [1, 2]) {
      invocations.onYield(callee, { type: 'yield', request, options: {} });
    }
    invocations.leave(callee);
    expect(ended).toEqual(['open failed']);
  });
});
