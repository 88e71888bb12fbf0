import { MaculaError, TimeoutError } from '@macula/core';
import { ErrorUri } from './error-uri.ts';

type Kwargs = Readonly<Record<string, unknown>>;
const noKwargs: Kwargs = Object.freeze({});

/**
 * A call that failed at the callee: the error's URI and arguments, as they came. Handlers throw it to
 * choose what the caller gets: `throw new CallError('com.shop.sold_out', [item], { until })`.
 */
export class CallError extends MaculaError {
  readonly code: string = 'macula.rpc.call_failed';
  readonly uri: string;
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs;

  constructor(
    uri: string,
    args: readonly unknown[] = [],
    kwargs: Kwargs = noKwargs,
    options?: { cause?: unknown },
  ) {
    super(typeof args[0] === 'string' ? `${uri}: ${args[0]}` : uri, options);
    this.uri = uri;
    this.args = args;
    this.kwargs = kwargs;
  }
}

/** Nobody has registered the procedure. */
export class NoSuchProcedureError extends CallError {
  override readonly code = 'macula.rpc.no_such_procedure';

  constructor(args: readonly unknown[], kwargs?: Kwargs) {
    super(ErrorUri.noSuchProcedure, args, kwargs);
  }
}

/** `register` was refused: the procedure is held under a policy that excludes another registration. */
export class ProcedureAlreadyExistsError extends CallError {
  override readonly code = 'macula.rpc.procedure_already_exists';

  constructor(message: string) {
    super(ErrorUri.procedureAlreadyExists, [message]);
  }
}

/** The link to the callee ended after the call was sent: whether the handler ran is unknown. */
export class CalleeLostError extends CallError {
  override readonly code = 'macula.rpc.callee_lost';

  constructor(message: string, options?: { cause?: unknown }) {
    super(ErrorUri.canceled, [message], undefined, options);
  }
}

/** No callee could be tried: each is unreachable, or failed so often that its circuit is open. The call was not sent. */
export class CalleeUnavailableError extends CallError {
  override readonly code = 'macula.rpc.callee_unavailable';

  constructor(message: string, options?: { cause?: unknown }) {
    super(ErrorUri.noAvailableCallee, [message], undefined, options);
  }
}

/** The callee has as many calls running as it allows. The handler did not run. */
export class OverloadedError extends CallError {
  override readonly code = 'macula.error.overloaded';

  constructor(args: readonly unknown[], kwargs?: Kwargs) {
    super(ErrorUri.overloaded, args, kwargs);
  }
}

/** Arguments or a result are larger than one frame may be. */
export class PayloadTooLargeError extends CallError {
  override readonly code = 'macula.rpc.payload_too_large';

  constructor(message: string) {
    super(ErrorUri.payloadSizeExceeded, [message]);
  }
}

/** The call's deadline passed, at the caller or at the callee. A TimeoutError that also has a URI. */
export class CallTimeoutError extends TimeoutError {
  readonly uri = ErrorUri.timeout;
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs;

  constructor(message: string, args: readonly unknown[] = [message], kwargs: Kwargs = noKwargs) {
    super(message);
    this.args = args;
    this.kwargs = kwargs;
  }
}

/** The error that a caller gets for what a callee sent. */
export function errorFromCallee(
  uri: string,
  args: readonly unknown[],
  kwargs: Kwargs,
): CallError | CallTimeoutError {
  switch (uri) {
    case ErrorUri.noSuchProcedure:
      return new NoSuchProcedureError(args, kwargs);
    case ErrorUri.overloaded:
      return new OverloadedError(args, kwargs);
    case ErrorUri.timeout:
      return new CallTimeoutError(String(args[0] ?? 'the callee gave up'), args, kwargs);
    default:
      return new CallError(uri, args, kwargs);
  }
}

/** What goes on the wire for what a handler threw: never a stack, never another object's fields. */
export function errorForCaller(thrown: unknown): {
  readonly uri: string;
  readonly args: readonly unknown[];
  readonly kwargs: Kwargs;
} {
  if (thrown instanceof CallError || thrown instanceof CallTimeoutError) return thrown;
  if (namesItsUri(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const invalid = thrown instanceof MaculaError && thrown.code === 'macula.invalid_argument';
  return {
    uri: invalid ? ErrorUri.invalidArgument : ErrorUri.runtimeError,
    args: [message],
    kwargs: noKwargs,
  };
}

/** An error of another layer that says itself what the caller is to get. */
function namesItsUri(
  thrown: unknown,
): thrown is MaculaError & Pick<CallError, 'uri' | 'args' | 'kwargs'> {
  if (!(thrown instanceof MaculaError)) return false;
  const { uri, args, kwargs } = thrown as Partial<CallError>;
  return (
    typeof uri === 'string' && Array.isArray(args) && typeof kwargs === 'object' && kwargs !== null
  );
}
