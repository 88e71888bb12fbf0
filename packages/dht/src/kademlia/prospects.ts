import type { Id, Links } from '@macula/core';
import type { Contact } from './contact.ts';

/** What a lookup can expect of a node before it asks it. */
export interface Prospects {
  /** Milliseconds until the target's nearest nodes have been asked, when the way leads through this one. */
  readonly cost: (contact: Contact) => number;
  /** Whether it is likely to be one of the k nearest to the target itself. */
  readonly isNear: (contact: Contact) => boolean;
  /** Requests to likely replicas beyond those needed that are worth their cost. */
  readonly hedge: number;
}

/** A round trip to nodes of which none is known, in milliseconds. */
const usualRttMs = 100;
/** So many open links tell how long round trips take. */
const sampledLinks = 3;
/** What opening a link costs beyond its round trip, in milliseconds: two handshakes' worth of signatures. */
const handshakeMs = 5;
/** Where a round trip takes less than so many milliseconds, finding the quickest of the open links costs more than it saves. */
const measuredRttMs = 2;
/** Where a round trip takes longer than so many milliseconds, waiting for the slowest answers costs more than asking some others too. */
const hedgedRttMs = 20;
const hedge = 3;

/**
 * An open link to a node farther away can lead to the target sooner than a nearer node that has to be dialled: each node asked
 * knows k others in the target's half, quarter, … of what lies around it, and so leads log2(k) bits on. The k nearest nodes share
 * about `depth` bits with the target, as many as this node's own neighbours share with it.
 */
export function prospectsOf(
  target: Id,
  seeds: readonly Contact[],
  links: Pick<Links, 'get'>,
  { depth, k }: { readonly depth: number; readonly k: number },
): Prospects {
  const rtt = usualRtt(seeds, links);
  const rttOf = ({ id }: Contact): number => {
    const link = links.get(id);
    if (link === undefined) return unlinked;
    if (rtt < measuredRttMs) return rtt;
    // Open links that have not been measured yet are as quick as others.
    const { rtt: measured } = link;
    return isNaN(measured) ? rtt : measured;
  };
  const unlinked = 2 * rtt + handshakeMs;
  const bitsPerHop = Math.max(1, Math.log2(k));
  const bitsLeft = ({ id }: Contact): number => depth - target.commonPrefixLength(id);
  return {
    cost: (contact) => {
      const left = bitsLeft(contact);
      const hops = left <= 0 ? 0 : Math.max(1, left / bitsPerHop);
      return rttOf(contact) + hops * unlinked;
    },
    isNear: (contact) => bitsLeft(contact) <= 0,
    hedge: rtt > hedgedRttMs ? hedge : 0,
  };
}

/** The mean of the first few open links: asking each for its statistics costs more than it tells. */
function usualRtt(seeds: readonly Contact[], links: Pick<Links, 'get'>): number {
  let [sum, count] = [0, 0];
  for (const { id } of seeds) {
    const rtt = links.get(id)?.rtt;
    if (rtt === undefined || isNaN(rtt)) continue;
    sum += rtt;
    if (++count === sampledLinks) break;
  }
  return count === 0 ? usualRttMs : sum / count;
}
