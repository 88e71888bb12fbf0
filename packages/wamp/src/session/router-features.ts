import type { Dict } from '../dict.ts';
import { ProtocolViolation } from '../errors.ts';
import type { WampMessage } from '../message/message.ts';

const features = (...names: string[]): Dict => ({
  features: Object.fromEntries(names.map((name) => [name, true])),
});

/** What WELCOME announces: the features of the advanced profile that this router has. */
export const routerRoles: Dict = {
  broker: features(
    'pattern_based_subscription',
    'publisher_exclusion',
    'publisher_identification',
    'subscriber_blackwhite_listing',
    'event_retention',
    'session_meta_api',
    'subscription_meta_api',
    'testament_meta_api',
  ),
  dealer: features(
    'call_canceling',
    'call_timeout',
    'caller_identification',
    'pattern_based_registration',
    'progressive_call_results',
    'registration_meta_api',
    'session_meta_api',
    'shared_registration',
    'testament_meta_api',
  ),
};

/**
 * Throws ProtocolViolation where a message makes use of what WELCOME has not announced, and would mean something else
 * without it (WAMP advanced profile, "Progressive Call Invocations" and "Payload Passthru Mode").
 */
export function checkAnnounced(message: WampMessage): void {
  const { type } = message;
  if (type !== 'publish' && type !== 'call' && type !== 'yield') return;
  const { options } = message;
  if (type === 'call' && options['progress'] === true) {
    throw new ProtocolViolation('this router takes no progressive call invocations');
  }
  const scheme = options['ppt_scheme'];
  if (typeof scheme === 'string' && scheme !== '') {
    throw new ProtocolViolation('this router has no payload passthru mode');
  }
}
