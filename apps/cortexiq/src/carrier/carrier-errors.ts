import { MaculaError } from '@macula/core';

/** A call that was answered with an error: its URI and arguments, whatever carried it. Handlers throw it to answer so. */
export class Refusal extends MaculaError {
  readonly code = 'cortexiq.refusal';
  readonly uri: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;

  constructor(
    uri: string,
    args: readonly unknown[] = [],
    kwargs: Readonly<Record<string, unknown>> = {},
    options?: { readonly cause?: unknown },
  ) {
    super(typeof args[0] === 'string' ? `${uri}: ${args[0]}` : uri, options);
    this.uri = uri;
    this.args = args;
    this.kwargs = kwargs;
  }
}

/** Nobody can say whether all who listen have the event. */
export class UnconfirmedError extends MaculaError {
  readonly code = 'cortexiq.unconfirmed';
}
