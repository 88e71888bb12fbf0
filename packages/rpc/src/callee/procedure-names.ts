import { parseUri, ProtocolError, type Uri } from '@macula/core';
import type { CallHandler } from '../call-context.ts';
import { maxAliases } from '../call-limits.ts';
import type { LocalRegistration } from './local-registration.ts';
import type { Procedures } from './procedures.ts';

/** A procedure that a caller has named, and the registration that answers it. */
export interface NamedProcedure {
  readonly procedure: string;
  registration: LocalRegistration<CallHandler> | undefined;
  /** Of the procedures in which the registration was found. */
  version: number;
}

/** The aliases that one caller has given to procedures on one link. */
export class ProcedureNames {
  readonly #procedures: Procedures<CallHandler>;
  /** By alias; grows only as far as the caller goes. */
  readonly #named: (NamedProcedure | undefined)[] = [];

  constructor(procedures: Procedures<CallHandler>) {
    this.#procedures = procedures;
  }

  /** Throws ProtocolError for an alias out of range or in use, and for what is no name. */
  learn(alias: number, procedure: string): void {
    // In order, so that the array stays dense: callers count upwards.
    const next = Math.max(1, this.#named.length);
    if (alias !== next || alias > maxAliases) {
      throw new ProtocolError(
        `alias ${alias} for a procedure, where ${next} comes next and ${maxAliases} is the last`,
      );
    }
    this.#named[alias] = this.inline(procedure);
  }

  /** Throws ProtocolError for an alias that was not introduced. */
  get(alias: number): NamedProcedure {
    const named = this.#named[alias];
    if (named === undefined) throw new ProtocolError(`alias ${alias} stands for no procedure`);
    return named;
  }

  /** A procedure that is named in full. Throws ProtocolError. */
  inline(procedure: string): NamedProcedure {
    return { procedure: namedByPeer(procedure), registration: undefined, version: -1 };
  }

  registrationOf(named: NamedProcedure): LocalRegistration<CallHandler> | undefined {
    if (named.version !== this.#procedures.version) {
      named.registration = this.#procedures.find(named.procedure);
      named.version = this.#procedures.version;
    }
    return named.registration;
  }
}

/** The name of a procedure that a peer wrote. Throws ProtocolError. */
export function namedByPeer(procedure: string): Uri {
  try {
    return parseUri(procedure, 'loose');
  } catch (cause) {
    throw new ProtocolError('the peer names a procedure that cannot exist', { cause });
  }
}
