import type { Arguments } from '../body-value.ts';
import type { Discloser } from '../broker/publication.ts';
import type { WampError } from '../errors.ts';

/** A call that a client of this router is to answer, from another client here or from the mesh. */
export interface IncomingCall extends Arguments {
  readonly procedure: string;
  readonly wantsProgress: boolean;
  /** Who called, where he discloses himself. */
  readonly caller: Discloser | undefined;
  /** A part of the result. Throws or rejects when it cannot be taken: then the call is over. */
  progressed(part: Arguments): Promise<void> | undefined;
  returned(result: Arguments): void;
  failed(error: WampError): void;
}
