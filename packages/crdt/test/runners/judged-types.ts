import {
  crdtLaws,
  gCounterSubject,
  type Law,
  lwwRegisterSubject,
  orSetSubject,
  type Subject,
} from '../../src/testing/index.ts';
import { brokenTypes } from '../broken-crdts.ts';

/** Laws that hold: those of three of the package's own types. */
export const kept: readonly Law[] = [
  ...lawsOf(gCounterSubject),
  ...lawsOf(lwwRegisterSubject),
  ...lawsOf(orSetSubject),
];

/** Laws of a type with a deliberate defect; at least one of them is broken. */
export const broken: readonly Law[] = crdtLaws(brokenTypes[0]!.type, brokenTypes[0]!.operations, {
  runs: 100,
});

function lawsOf<State, Value>(subject: Subject<State, Value>): Law[] {
  const { type, operations, intentions } = subject;
  return crdtLaws(type, operations, { runs: 30, intentions });
}
