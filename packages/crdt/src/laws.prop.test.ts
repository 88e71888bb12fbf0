import { describe, test } from '@jest/globals';
import {
  crdtLaws,
  ewFlagSubject,
  gCounterSubject,
  lwwRegisterSubject,
  mvRegisterSubject,
  orMapSubject,
  orSetSubject,
  pnCounterSubject,
  type Subject,
} from './testing/index.ts';

function obeysTheLaws<State, Value>(
  title: string,
  subject: Subject<State, Value>,
  runs = 300,
): void {
  describe(title, () => {
    const { type, operations, intentions } = subject;
    for (const { name, check } of crdtLaws(type, operations, { intentions, runs }))
      test(name, check);
  });
}

obeysTheLaws('GCounter', gCounterSubject);
obeysTheLaws('PNCounter', pnCounterSubject);
obeysTheLaws('LWWRegister', lwwRegisterSubject);
obeysTheLaws('MVRegister', mvRegisterSubject);
obeysTheLaws('ORSet', orSetSubject);
obeysTheLaws('EWFlag', ewFlagSubject);
obeysTheLaws('ORMap of counters', orMapSubject(pnCounterSubject));
obeysTheLaws('ORMap of sets', orMapSubject(orSetSubject));
obeysTheLaws('ORMap of registers', orMapSubject(lwwRegisterSubject));
obeysTheLaws('ORMap of maps of flags', orMapSubject(orMapSubject(ewFlagSubject)), 100);
obeysTheLaws(
  'ORMap in which removes win',
  orMapSubject(orSetSubject, { concurrentRemove: 'wins' }),
);
