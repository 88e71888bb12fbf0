import type { NodeId, Pattern } from '@macula/core';
import type { Invoke } from './resolve/invoke.ts';

/** A registration that somebody in the realm holds. */
export interface ProcedureOffer {
  readonly node: NodeId;
  readonly pattern: Pattern;
  readonly invoke: Invoke;
}
