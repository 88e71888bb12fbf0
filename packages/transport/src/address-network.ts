import { isIP } from 'node:net';

/**
 * The network that counts as one sender when a budget is kept per address: the address itself for
 * IPv4 (also when it comes mapped into IPv6), the /64 for IPv6, of which one customer commonly owns
 * the whole.
 */
export function networkOf(host: string): string {
  if (isIP(host) !== 6) return host;
  const address = host.split('%', 1)[0] as string;
  const unmapped = unmappedHost(address);
  if (unmapped !== address) return unmapped;
  return firstFourGroups(address).join(':') + '::/64';
}

/** An IPv4 address that a dual-stack socket reports mapped into IPv6, as IPv4; others as they are. */
export function unmappedHost(host: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(host)?.[1] ?? host;
}

/** Whether packets from `host` can only come from this machine. */
export function isLoopback(host: string): boolean {
  const network = networkOf(host);
  return network.startsWith('127.') || host === '::1';
}

function firstFourGroups(address: string): string[] {
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    // An IPv4 tail stands for two groups.
    const missing = 8 - groups.length - after.length - (tail.includes('.') ? 1 : 0);
    groups.push(...Array.from({ length: Math.max(0, missing) }, () => '0'), ...after);
  }
  return groups.slice(0, 4).map((group) => parseInt(group, 16).toString(16));
}

/** The address that stands for all of a machine's. */
export function isUnspecified(host: string): boolean {
  return host === '::' || host === '0.0.0.0';
}
