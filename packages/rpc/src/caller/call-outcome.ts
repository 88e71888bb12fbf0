import { AbortedError, LimitExceededError, TimeoutError } from '@macula/core';
import {
  CalleeLostError,
  CalleeUnavailableError,
  NoSuchProcedureError,
  OverloadedError,
} from '../call-error.ts';
import type { CallOutcome } from '../rpc-metrics.ts';

/** Under which outcome a failed call is counted. */
export function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof TimeoutError) return 'timeout';
  if (error instanceof AbortedError) return 'aborted';
  if (error instanceof CalleeLostError) return 'lost';
  if (error instanceof CalleeUnavailableError) return 'unavailable';
  if (error instanceof OverloadedError) return 'overloaded';
  if (error instanceof NoSuchProcedureError) return 'no_such_procedure';
  if (error instanceof LimitExceededError) return 'limit_exceeded';
  return 'error';
}
