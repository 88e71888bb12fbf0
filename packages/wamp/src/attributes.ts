import { type Dict, isDict } from './dict.ts';
import { WampUri } from './error-uri.ts';
import { WampError } from './errors.ts';

/**
 * The named argument in which routers tell each other what WAMP has and the mesh has not: who published or called,
 * where he discloses himself, and which sessions an event is for. Only there when a client asked for such a thing; and
 * routers take it away before clients see it.
 */
export const attributesKey = '$wamp';

/** `kwargs` with attributes. */
export function withAttributes(kwargs: Dict | undefined, attributes: Dict): Dict {
  return { ...kwargs, [attributesKey]: attributes };
}

/** Parts attributes from named arguments. */
export function splitAttributes(kwargs: Dict): { kwargs: Dict; attributes: Dict | undefined } {
  if (!(attributesKey in kwargs)) return { kwargs, attributes: undefined };
  const { [attributesKey]: attributes, ...rest } = kwargs;
  return { kwargs: rest, attributes: isDict(attributes) ? attributes : undefined };
}

/** Clients must not speak for routers. Throws WampError. */
export function refuseAttributes(kwargs: Dict | undefined): void {
  if (kwargs !== undefined && attributesKey in kwargs) {
    throw new WampError(WampUri.invalidArgument, [
      `the named argument ${attributesKey} is reserved for routers`,
    ]);
  }
}
