import type { NodeId } from '@macula/core';
import type { RegistrationRecord } from './registration-record.ts';

/** A registration as this node knows it from the directory: who offers what. */
export interface Offer extends RegistrationRecord {
  readonly node: NodeId;
}

/** Earliest first; the node ID decides between equal times, so that every node orders alike. */
export function compareOffers(a: Offer, b: Offer): number {
  return a.created - b.created || a.node.compare(b.node) || (a.id < b.id ? -1 : 1);
}

/**
 * Which of the registrations of one pattern count, earliest first. The earliest decides the policy: under
 * `single` it stands alone, else those join it that ask for the same policy. The rest is in conflict
 * and stands by: when the earliest goes, the next one decides.
 */
export function eligibleOffers(offers: readonly Offer[]): readonly Offer[] {
  const ordered = latestPerNode(offers).sort(compareOffers);
  const first = ordered[0];
  if (first === undefined) return [];
  if (first.invoke === 'single') return [first];
  return ordered.filter((offer) => offer.invoke === first.invoke);
}

/** A node that has restarted may be listed twice for a moment: only its latest registration is true. */
function latestPerNode(offers: readonly Offer[]): Offer[] {
  const latest = new Map<string, Offer>();
  for (const offer of offers) {
    const known = latest.get(offer.node.key);
    if (known === undefined || compareOffers(known, offer) < 0) latest.set(offer.node.key, offer);
  }
  return [...latest.values()];
}
