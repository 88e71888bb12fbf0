import { isIPv4, isIPv6 } from 'node:net';
import type { Address } from '@macula/core';
import type { Contact } from './contact.ts';

/**
 * The network that one owner is likely to hold whole: the /24 of an IPv4 address, the /48 of an IPv6
 * address. Undefined for private ranges, where neighbours are colleagues and no Sybils, and for names.
 */
export function subnetOf(host: string): string | undefined {
  const isPlain = !host.includes(':');
  const mapped = isPlain ? host : (/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1] ?? host);
  if (isIPv4(mapped)) {
    return isPrivateIPv4(mapped) ? undefined : mapped.slice(0, mapped.lastIndexOf('.'));
  }
  if (!isIPv6(mapped)) return undefined;
  const groups = groupsOf(mapped);
  return isPrivateIPv6(groups) ? undefined : groups.slice(0, 3).join(':');
}

/** RFC 1918, RFC 6598, loopback and link-local. By hand: node:net's BlockList costs more than the lookup it serves. */
function isPrivateIPv4(address: string): boolean {
  const dot = address.indexOf('.');
  const first = Number(address.slice(0, dot));
  const second = Number(address.slice(dot + 1, address.indexOf('.', dot + 1)));
  switch (first) {
    case 10:
    case 127:
      return true;
    case 100:
      return second >= 64 && second < 128;
    case 169:
      return second === 254;
    case 172:
      return second >= 16 && second < 32;
    case 192:
      return second === 168;
    default:
      return false;
  }
}

/** Loopback, unique local (fc00::/7) and link-local (fe80::/10). */
function isPrivateIPv6(groups: readonly string[]): boolean {
  const first = parseInt(groups[0] ?? '0', 16);
  if ((first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80) return true;
  return groups.slice(0, 7).every((group) => group === '0') && groups[7] === '1';
}

/** The subnet that a contact counts towards: that of its best address. */
export function subnetOfContact({ addresses }: Contact): string | undefined {
  const [best] = addresses;
  return best === undefined ? undefined : subnetOf(best.host);
}

/** The subnet by which a contact is counted; undefined for one that is not. */
export type SubnetRule = (contact: Contact) => string | undefined;

/**
 * Counts strangers only: contacts of a subnet that this node has an address in are neighbours, as on a LAN
 * whose machines all have public IPv6 addresses of one /48.
 */
export function subnetsOfStrangers(ownAddresses: () => readonly Address[]): SubnetRule {
  let known: readonly Address[] | undefined;
  let own: ReadonlySet<string | undefined> = new Set();
  return (contact) => {
    // Computed each time: remembering it for each contact costs as much, and kilobytes for each node of a simulation.
    const subnet = subnetOfContact(contact);
    const addresses = ownAddresses();
    if (addresses !== known) {
      known = addresses;
      own = new Set(addresses.map(({ host }) => subnetOf(host)));
    }
    return own.has(subnet) ? undefined : subnet;
  };
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
