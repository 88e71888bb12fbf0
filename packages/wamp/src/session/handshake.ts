import type { Clock, Random } from '@macula/core';
import {
  type Applicant,
  type AuthChallenge,
  type AuthMethod,
  type Grant,
  isChallenge,
} from '../auth/auth-method.ts';
import { type Dict, emptyDict, isDict } from '../dict.ts';
import { WampUri } from '../error-uri.ts';
import { WampError } from '../errors.ts';
import type { WampMessage } from '../message/message.ts';

export interface HandshakeRules {
  readonly clock: Clock;
  readonly random: Random;
  /** Whether clients may name this realm. */
  readonly serves: (realm: string) => boolean;
  readonly authentication: readonly AuthMethod[];
}

/** Who was admitted, and how. */
export interface Admission {
  readonly realm: string;
  readonly grant: Grant;
  readonly authmethod: string;
  /** HELLO.Details. */
  readonly hello: Dict;
}

const roles = ['publisher', 'subscriber', 'caller', 'callee'];

/** Decides who may join. */
export class Handshake {
  readonly #rules: HandshakeRules;
  readonly #session: number;
  #asked: { admission: Omit<Admission, 'grant'>; challenge: AuthChallenge } | undefined;

  constructor(rules: HandshakeRules, session: number) {
    this.#rules = rules;
    this.#session = session;
  }

  /** Answers HELLO: with CHALLENGE, or by admitting the client. Throws WampError, which says why not. */
  async hello({
    realm,
    details,
  }: WampMessage<'hello'>): Promise<Admission | WampMessage<'challenge'>> {
    const { serves, authentication, clock, random } = this.#rules;
    if (!serves(realm)) {
      throw new WampError(WampUri.noSuchRealm, [`this router does not serve the realm ${realm}`]);
    }
    const announced = isDict(details['roles']) ? details['roles'] : emptyDict;
    if (!roles.some((role) => role in announced)) {
      throw new WampError(WampUri.protocolViolation, ['HELLO must announce a role']);
    }
    const wanted = Array.isArray(details['authmethods']) ? details['authmethods'] : [];
    const names: unknown[] = wanted.length === 0 ? ['anonymous'] : wanted.slice(0, 32);
    const method = names
      .map((name) => authentication.find((offered) => offered.name === name))
      .find((offered) => offered !== undefined);
    if (method === undefined) {
      throw new WampError(WampUri.noMatchingAuthMethod, [
        `this router takes ${authentication.map(({ name }) => name).join(', ')}`,
      ]);
    }
    const answer = await method.begin(applicantOf(realm, details, this.#session), {
      clock,
      random,
    });
    const admission = { realm, authmethod: method.name, hello: details };
    if (answer === undefined) throw refused();
    if (!isChallenge(answer)) return { ...admission, grant: answer };
    this.#asked = { admission, challenge: answer };
    return { type: 'challenge', method: method.name, extra: answer.extra };
  }

  /** Judges AUTHENTICATE. Throws WampError. */
  async authenticate({ signature }: WampMessage<'authenticate'>): Promise<Admission> {
    const asked = this.#asked;
    this.#asked = undefined;
    const grant = await asked?.challenge.verify(signature);
    if (asked === undefined || grant === undefined) throw refused();
    return { ...asked.admission, grant };
  }
}

function applicantOf(realm: string, details: Dict, session: number): Applicant {
  const { authid, authextra } = details;
  return {
    realm,
    session,
    authid: typeof authid === 'string' && authid !== '' ? authid : undefined,
    authextra: isDict(authextra) ? authextra : emptyDict,
  };
}

function refused(): WampError {
  return new WampError(WampUri.authenticationDenied, ['the router does not accept this identity']);
}
