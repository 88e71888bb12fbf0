import type { Clock, Random } from '@macula/core';
import type { Dict } from '../dict.ts';

/** Who asks to join, as HELLO says it. */
export interface Applicant {
  readonly realm: string;
  readonly authid: string | undefined;
  readonly authextra: Dict;
  /** The ID that the session will have. */
  readonly session: number;
}

/** What a session may call itself once it is admitted. */
export interface Grant {
  readonly authid: string;
  readonly authrole: string;
  readonly authprovider?: string;
  /** Told to the client as `authextra`. */
  readonly extra?: Dict;
}

/** A question that only the right client can answer. */
export interface AuthChallenge {
  /** For CHALLENGE.Extra. */
  readonly extra: Dict;
  /** Judges AUTHENTICATE.Signature; undefined refuses. */
  verify(signature: string): Grant | undefined | Promise<Grant | undefined>;
}

/** What methods may use. */
export interface AuthServices {
  readonly clock: Clock;
  readonly random: Random;
}

/** One way to authenticate, by the name that clients put into `authmethods`. */
export interface AuthMethod {
  readonly name: string;
  /** Admits at once, asks, or refuses with undefined. */
  begin(
    applicant: Applicant,
    services: AuthServices,
  ): Promise<Grant | AuthChallenge | undefined> | Grant | AuthChallenge | undefined;
}

export function isChallenge(answer: Grant | AuthChallenge): answer is AuthChallenge {
  return 'verify' in answer;
}
