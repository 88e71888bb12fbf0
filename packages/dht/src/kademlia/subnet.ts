import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { Contact } from './contact.ts';

/** Ranges that nobody can buy: RFC 1918, RFC 6598, loopback, link-local, unique local. */
const ownRanges = new BlockList();
for (const [net, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
] as const) {
  ownRanges.addSubnet(net, prefix, 'ipv4');
}
for (const [net, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  ownRanges.addSubnet(net, prefix, 'ipv6');
}

/**
 * The network that one owner is likely to hold whole: the /24 of an IPv4 address, the /48 of an IPv6
 * address. Undefined for private ranges, where neighbours are colleagues and no Sybils, and for names.
 */
export function subnetOf(host: string): string | undefined {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1] ?? host;
  if (isIPv4(mapped)) {
    if (ownRanges.check(mapped, 'ipv4')) return undefined;
    return mapped.slice(0, mapped.lastIndexOf('.'));
  }
  if (!isIPv6(mapped) || ownRanges.check(mapped, 'ipv6')) return undefined;
  return groupsOf(mapped).slice(0, 3).join(':');
}

/** The subnet that a contact counts towards: that of its best address. */
export function subnetOfContact({ addresses }: Contact): string | undefined {
  const [best] = addresses;
  return best === undefined ? undefined : subnetOf(best.host);
}

/** How many of some set of contacts come from each subnet. */
export class SubnetTally {
  readonly #limit: number;
  readonly #counts = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether one more of this subnet is within the limit. */
  allows(subnet: string | undefined): boolean {
    return subnet === undefined || (this.#counts.get(subnet) ?? 0) < this.#limit;
  }

  add(subnet: string | undefined): void {
    if (subnet !== undefined) this.#counts.set(subnet, (this.#counts.get(subnet) ?? 0) + 1);
  }

  remove(subnet: string | undefined): void {
    if (subnet === undefined) return;
    const left = (this.#counts.get(subnet) ?? 0) - 1;
    if (left > 0) this.#counts.set(subnet, left);
    else this.#counts.delete(subnet);
  }
}

/** The leading groups of an IPv6 address, as lower-case hex without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  return [...front, ...Array<string>(zeros).fill('0'), ...back].map((group) =>
    parseInt(group, 16).toString(16),
  );
}
