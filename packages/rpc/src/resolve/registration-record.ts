import { DirectoryKey, Pattern, ProtocolError } from '@macula/core';
import {
  decodeMessage,
  ProcedureRegistration,
  ProcedureRegistration_Invoke,
  ProcedureRegistration_Match,
} from '@macula/wire';
import { type Invoke, invokePolicies } from './invoke.ts';

/** What a node announces of a registration. */
export interface RegistrationRecord {
  readonly id: string;
  readonly pattern: Pattern;
  readonly invoke: Invoke;
  /** Hybrid time, in milliseconds since the Unix epoch: orders the registrations of one procedure. */
  readonly created: number;
  /** Whether the handler takes streams rather than calls. */
  readonly stream: boolean;
}

/** Where registrations of patterns with this literal prefix are announced. */
export function registrationKey(realm: string, prefix: string): DirectoryKey {
  return DirectoryKey.of(realm, 'procedure', prefix);
}

const matches = ['exact', 'prefix', 'wildcard'] as const;

export function encodeRegistration(record: RegistrationRecord): Uint8Array {
  return ProcedureRegistration.encode({
    id: record.id,
    pattern: record.pattern.text,
    match: matches.indexOf(record.pattern.match) as ProcedureRegistration_Match,
    invoke: invokePolicies.indexOf(record.invoke) as ProcedureRegistration_Invoke,
    created: BigInt(record.created),
    stream: record.stream,
  }).finish();
}

/** Reads what a peer announced. Throws InvalidUriError or ProtocolError. */
export function decodeRegistration(value: Uint8Array): RegistrationRecord {
  const record = decodeMessage(ProcedureRegistration, value, 'registration');
  const match = matches[record.match as number];
  const invoke = invokePolicies[record.invoke as number];
  if (match === undefined || invoke === undefined || record.id.length > 64) {
    throw new ProtocolError(
      `a registration with match ${record.match}, invoke ${record.invoke} and an id of ${record.id.length} characters`,
    );
  }
  return {
    id: record.id,
    pattern: Pattern.parse(record.pattern, { match, mode: 'loose' }),
    invoke,
    created: Number(record.created),
    stream: record.stream,
  };
}
