import { WampUri } from './error-uri.ts';
import { WampError } from './errors.ts';
import type { RouterContext } from './router-context.ts';
import type { RouterSettings, WampAction } from './router-options.ts';

type Principal = Parameters<RouterSettings['authorize']>[0];

/** Throws WampError unless the router's policy lets somebody do what he asks for. A policy that fails lets nobody. */
export function checkAllowed(
  { settings, logger }: Pick<RouterContext, 'settings' | 'logger'>,
  principal: Principal,
  action: WampAction,
  uri: string,
): void {
  let allowed: unknown;
  try {
    allowed = settings.authorize(principal, action, uri);
  } catch (error) {
    logger.error({ error, session: principal.id, action, uri }, 'authorize failed');
    throw new WampError(WampUri.authorizationFailed, ['the router could not find out']);
  }
  // Whoever comes without types may have given a promise: that is no yes.
  if (allowed === true) return;
  throw new WampError(WampUri.notAuthorized, [`${principal.authid} may not ${action} ${uri}`]);
}
