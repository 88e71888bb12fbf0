import type { Pattern, Random } from '@macula/core';
import type { Dict } from '../dict.ts';
import type { Interest, InterestParts } from '../interest/interest-table.ts';
import type { InvokePolicy } from '../mesh-port.ts';
import type { ClientSession } from '../session/client-session.ts';

export interface ProcedureRegistrationParts extends InterestParts {
  readonly invoke: InvokePolicy;
}

/** All sessions of this router that offer one procedure. */
export class ProcedureRegistration implements Interest {
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

  get details(): Dict {
    const { id, created, uri, invoke, pattern } = this.#parts;
    return { id, created, uri, match: pattern.match, invoke };
  }

  has(session: ClientSession): boolean {
    return this.callees.includes(session);
  }

  add(session: ClientSession): void {
    this.callees.push(session);
  }

  delete(session: ClientSession): void {
    const index = this.callees.indexOf(session);
    if (index >= 0) this.callees.splice(index, 1);
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
