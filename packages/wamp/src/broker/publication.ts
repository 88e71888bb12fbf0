import type { Arguments } from '../body-value.ts';
import { type Dict, emptyDict } from '../dict.ts';
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
  if (!isPattern && !retained && publisher === undefined) return emptyDict;
  return {
    ...(isPattern && { topic }),
    ...(retained && { retained }),
    ...discloserDetails(publisher, 'publisher'),
  };
}

/** How routers tell each other who published or called: `role` is `publisher` or `caller`, and native nodes may read it, too. */
export function discloserDetails(discloser: Discloser | undefined, role: string): Dict | undefined {
  if (discloser === undefined) return undefined;
  const { id, authid, authrole } = discloser;
  return { [role]: id, [`${role}_authid`]: authid, [`${role}_authrole`]: authrole };
}

/** The inverse. */
export function discloserIn(details: Dict | undefined, role: string): Discloser | undefined {
  const id = details?.[role];
  if (details === undefined || id === undefined) return undefined;
  return { id, authid: details[`${role}_authid`], authrole: details[`${role}_authrole`] };
}

/** How a session tells others who it is. */
export function discloserOf({ id, authid, authrole }: ClientSession): Discloser {
  return { id, authid, authrole };
}
