import type { NodeId, Random } from '@macula/core';
import type { Invoke } from '../resolve/invoke.ts';
import type { Offer } from '../resolve/offer.ts';
import type { Callee } from './callee.ts';

/** What a choice depends on. */
export interface Choice {
  /** Earliest first. */
  readonly offers: readonly Offer[];
  readonly invoke: Invoke;
  /** How many choices were made before, for roundrobin. */
  readonly turn: number;
  readonly key: string | undefined;
  /** Callees that failed this call: asked again only when every other is out of the question. */
  readonly tried: readonly Callee[] | undefined;
}

/**
 * The callee to ask: in the policy's order the first that is alive as far as known and has its circuit closed. Ones that
 * failed this call already come last, and of those only when `again` allows it; so do nodes that membership doubts.
 */
export function chooseCallee(
  choice: Choice,
  calleeOf: (id: NodeId) => Callee,
  random: Random,
  again: boolean,
): Callee | undefined {
  const { offers, tried } = choice;
  const only = offers[0];
  if (only === undefined) return undefined;
  if (offers.length === 1 && tried === undefined) return ifAllowed(calleeOf(only.node));

  const order = orderOf(choice, calleeOf, random);
  let doubtful: Callee[] | undefined;
  for (const callee of order) {
    const wasTried = tried?.includes(callee) === true;
    if (wasTried && !again) continue;
    if (wasTried || callee.status !== 'fine') (doubtful ??= []).push(callee);
    else if (callee.breaker.allows()) return callee;
  }
  const last = doubtful?.sort((a, b) => doubt(a, tried) - doubt(b, tried));
  return last?.find((callee) => callee.breaker.allows());
}

/** Whether somebody who has not failed this call could be asked. */
export function hasAlternative(
  offers: readonly Offer[],
  tried: readonly Callee[],
  calleeOf: (id: NodeId) => Callee,
): boolean {
  return offers.some(({ node }) => {
    const callee = calleeOf(node);
    return !tried.includes(callee) && callee.breaker.state !== 'open';
  });
}

function ifAllowed(callee: Callee): Callee | undefined {
  return callee.breaker.allows() ? callee : undefined;
}

function doubt(callee: Callee, tried: readonly Callee[] | undefined): number {
  const byStatus = callee.status === 'fine' ? 0 : callee.status === 'suspect' ? 1 : 2;
  return byStatus * 2 + (tried?.includes(callee) === true ? 1 : 0);
}

/** The callees in the order in which the policy asks them. */
function* orderOf(
  choice: Choice,
  calleeOf: (id: NodeId) => Callee,
  random: Random,
): Generator<Callee> {
  const { offers, invoke, key } = choice;
  const count = offers.length;
  const at = (index: number): Callee => calleeOf((offers[index % count] as Offer).node);
  if (invoke === 'last') {
    for (let i = count - 1; i >= 0; i--) yield at(i);
    return;
  }
  if (invoke === 'single' || invoke === 'first') {
    for (let i = 0; i < count; i++) yield at(i);
    return;
  }
  if (key !== undefined) {
    const ranked = offers.map((offer) => ({ offer, rank: rankOf(key, offer.node) }));
    ranked.sort((a, b) => b.rank - a.rank || a.offer.node.compare(b.offer.node));
    for (const { offer } of ranked) yield calleeOf(offer.node);
    return;
  }
  const start = invoke === 'roundrobin' ? choice.turn % count : random.integer(count);
  if (invoke === 'fastest' && count > 1) {
    const [better, worse] = betterOfTwo(at(start), at(start + 1 + random.integer(count - 1)));
    yield better;
    yield worse;
  }
  for (let i = 0; i < count; i++) yield at(start + i);
}

/**
 * Two random choices: nearly as good as asking everybody how loaded they are, and unlike the minimum of stale
 * figures never a stampede (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001).
 */
function betterOfTwo(a: Callee, b: Callee): readonly [Callee, Callee] {
  return costOf(a) <= costOf(b) ? [a, b] : [b, a];
}

/** A millisecond is added, so that load counts among callees whose distance is nothing or unknown. */
function costOf(callee: Callee): number {
  return (callee.rtt + 1) * (callee.load + 1);
}

/**
 * The callee's rank for a key, highest wins: only the keys of a callee that goes move elsewhere (Thaler and
 * Ravishankar 1998, highest random weight). FNV-1a over both.
 */
function rankOf(key: string, node: NodeId): number {
  let hash = 0x811c9dc5;
  const text = `${node.key}/${key}`;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  // FNV's low bits mix poorly at the end; one avalanche step (murmur3's) evens the shares out.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
