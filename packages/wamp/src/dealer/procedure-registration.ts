import type { Pattern, Random } from '@macula/core';
import type { Dict } from '../dict.ts';
import type { InvokePolicy } from '../mesh-port.ts';
import type { ClientSession } from '../session/client-session.ts';

export interface ProcedureRegistrationParts {
  readonly id: number;
  readonly pattern: Pattern;
  /** The text as the first client wrote it. */
  readonly uri: string;
  readonly invoke: InvokePolicy;
  /** ISO 8601. */
  readonly created: string;
}

/** All sessions of this router that offer one procedure: WAMP gives them one registration ID. */
export class ProcedureRegistration {
  readonly id: number;
  readonly pattern: Pattern;
  readonly invoke: InvokePolicy;
  /** In the order in which they came. */
  readonly callees: ClientSession[] = [];
  readonly #parts: ProcedureRegistrationParts;
  #turn = 0;

  constructor(parts: ProcedureRegistrationParts) {
    this.id = parts.id;
    this.pattern = parts.pattern;
    this.invoke = parts.invoke;
    this.#parts = parts;
  }

  /** What the meta API tells of it. */
  get details(): Dict {
    const { id, created, uri, invoke, pattern } = this.#parts;
    return { id, created, uri, match: pattern.match, invoke };
  }

  /** Chooses who answers the next call, by the policy. */
  next(random: Random): ClientSession | undefined {
    const { callees } = this;
    switch (this.invoke) {
      case 'single':
      case 'first':
        return callees[0];
      case 'last':
        return callees.at(-1);
      case 'roundrobin':
        return callees[this.#turn++ % callees.length];
      case 'random':
        return callees.length === 0 ? undefined : callees[random.integer(callees.length)];
    }
  }
}
