import { Listeners, type Logger, type MembershipChange } from '@macula/core';

/** The listeners of a Membership. One that throws is logged and harms neither the others nor the protocol. */
export function changeListeners(logger: Logger): Listeners<[MembershipChange]> {
  return new Listeners((error, change) => {
    logger.error({ error, change: change.type }, 'a membership listener has thrown');
  });
}
