import { MaculaError } from '@macula/core';
import { CallError } from '@macula/node';
import { jsonLine } from './json-line.ts';

/** What has gone wrong, in one line; errors that are not ours bring their stack. */
export function explainError(error: unknown): string {
  if (error instanceof CallError) return explainCallError(error);
  return error instanceof MaculaError ? error.message : String((error as Error).stack);
}

/** The message holds the URI and a first argument that is text. */
function explainCallError({ message, args, kwargs }: CallError): string {
  const told = typeof args[0] === 'string' ? args.slice(1) : args;
  const untold = { ...(told.length > 0 && { args: told }), ...(hasAny(kwargs) && { kwargs }) };
  return hasAny(untold) ? `${message} ${jsonLine(untold).trimEnd()}` : message;
}

function hasAny(object: object): boolean {
  return Object.keys(object).length > 0;
}
