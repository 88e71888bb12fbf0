import type { Dict } from '../dict.ts';

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
