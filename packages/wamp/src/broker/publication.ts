import type { Arguments } from '../body-value.ts';
import type { Dict } from '../dict.ts';
import type { ClientSession } from '../session/client-session.ts';
import type { Audience } from './audience.ts';

/** Who published or called, where he discloses himself. */
export interface Discloser {
  readonly id: unknown;
  readonly authid: unknown;
  readonly authrole: unknown;
}

/** One event on its way to clients. */
export interface Publication extends Arguments {
  readonly id: number;
  readonly topic: string;
  readonly audience: Audience | undefined;
  readonly publisher: Discloser | undefined;
  /** The session that must not get its own event. */
  readonly excluded: ClientSession | undefined;
  readonly retained: boolean;
}

/** EVENT.Details. The topic is told where the subscription's name does not say it. */
export function eventDetails(publication: Publication, isPattern: boolean): Dict {
  const { topic, publisher, retained } = publication;
  return {
    ...(isPattern && { topic }),
    ...(retained && { retained }),
    ...(publisher && {
      publisher: publisher.id,
      publisher_authid: publisher.authid,
      publisher_authrole: publisher.authrole,
    }),
  };
}

/** How a session tells others who it is. */
export function discloserOf({ id, authid, authrole }: ClientSession): Discloser {
  return { id, authid, authrole };
}
