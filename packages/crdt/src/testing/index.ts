export { type CrdtLawsOptions, crdtLaws, type Intention } from './crdt-laws.ts';
export type { HistoryEvent } from './history-event.ts';
export {
  type History,
  historyArbitrary,
  type HistoryOptions,
  type Outcome,
  runHistory,
  type RunOptions,
  type Specimen,
} from './history.ts';
export {
  addingWins,
  countsEverything,
  enablingWins,
  keepsConcurrentValues,
  lastWriteWins,
} from './intentions.ts';
export { type Law, LawBrokenError, type LawRunOptions } from './law.ts';
export { type Operation, operation, type OperationContext, type Operations } from './operation.ts';
export type { Step } from './step.ts';
export {
  ewFlagSubject,
  gCounterSubject,
  lwwRegisterSubject,
  mvRegisterSubject,
  orMapSubject,
  orSetSubject,
  pnCounterSubject,
  stateArbitrary,
  type Subject,
  valueArbitrary,
} from './subjects.ts';
