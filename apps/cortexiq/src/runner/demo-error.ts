import { MaculaError } from '@macula/core';

/** The demo cannot go on, or did not come out as it must. */
export class DemoError extends MaculaError {
  readonly code = 'cortexiq.demo';
}

/** What was asked for does not fit the data. */
export class UnfitOptionError extends MaculaError {
  readonly code = 'cortexiq.unfit_option';
}
