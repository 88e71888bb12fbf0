import { isIPv4, isIPv6 } from 'node:net';
import type { Address } from '@macula/core';
import type { Contact } from './contact.ts';

const dot = '.'.charCodeAt(0);
const zero = '0'.charCodeAt(0);

/**
 * The network that one owner is likely to hold whole, as a number: the /24 of an IPv4 address, the /48 of an IPv6 address.
 * Undefined for private ranges, where neighbours are colleagues and no Sybils, and for names.
 */
export function subnetOf(host: string): number | undefined {
  const isPlain = !host.includes(':');
  const mapped = isPlain ? host : (/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1] ?? host);
  if (isIPv4(mapped)) {
    const subnet = leadingOctets(mapped);
    return isPrivateIPv4(subnet) ? undefined : subnet;
  }
  if (!isIPv6(mapped)) return undefined;
  const groups = groupsOf(mapped);
  return isPrivateIPv6(groups) ? undefined : subnetOfGroups(groups);
}

/** The first three of an address's four octets. By hand: all contacts of a lookup are counted. */
function leadingOctets(address: string): number {
  let leading = 0;
  let octet = 0;
  for (let at = 0; at < address.length; at++) {
    const code = address.charCodeAt(at);
    if (code !== dot) octet = octet * 10 + code - zero;
    else {
      leading = leading * 256 + octet;
      octet = 0;
    }
  }
  return leading;
}

/** RFC 1918, RFC 6598, loopback and link-local. */
function isPrivateIPv4(subnet: number): boolean {
  const first = subnet >>> 16;
  const second = (subnet >>> 8) & 0xff;
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
function isPrivateIPv6(groups: readonly number[]): boolean {
  const [first = 0] = groups;
  if ((first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80) return true;
  return groups.slice(0, 7).every((group) => group === 0) && groups[7] === 1;
}

/** Above all numbers of IPv4 networks. */
function subnetOfGroups([first = 0, second = 0, third = 0]: readonly number[]): number {
  return ((0x10000 + first) * 0x10000 + second) * 0x10000 + third;
}

/** The subnet that a contact counts towards: that of its best address. */
export function subnetOfContact({ addresses }: Contact): number | undefined {
  const [best] = addresses;
  return best === undefined ? undefined : subnetOf(best.host);
}

/** The subnet by which a contact is counted; undefined for one that is not. */
export type SubnetRule = (contact: Contact) => number | undefined;

/**
 * Counts strangers only: contacts of a subnet that this node has an address in are neighbours, as on a LAN
 * whose machines all have public IPv6 addresses of one /48.
 */
export function subnetsOfStrangers(ownAddresses: () => readonly Address[]): SubnetRule {
  let known: readonly Address[] | undefined;
  let own: ReadonlySet<number | undefined> = new Set();
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

/** The groups of an IPv6 address. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('%', 1)[0]?.split('::') ?? [];
  const front = head === '' ? [] : head.split(':');
  const back = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length);
  return [...front, ...Array<string>(zeros).fill('0'), ...back].map((group) => parseInt(group, 16));
}
