import { isIP } from 'node:net';
import { InvalidArgumentError } from './errors.ts';

/** Where a packet goes: an IPv4 or IPv6 address, or a DNS name still to be resolved, and a port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, with brackets around IPv6 hosts. */
export function formatAddress(address: Address): string {
  return isIP(address.host) === 6
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`;
}

/** Each address once, in the order in which they come first. */
export function distinctAddresses(addresses: Iterable<Address>): Address[] {
  const byText = new Map<string, Address>();
  for (const address of addresses) byText.set(formatAddress(address), address);
  return [...byText.values()];
}

/** Reads `host:port`, `[v6]:port`, or `https://host:port`; `defaultPort` fills in a missing port. Throws InvalidArgumentError. */
export function parseAddress(text: string, defaultPort?: number): Address {
  const trimmed = text
    .trim()
    .replace(/^(https|macula|quic):\/\//, '')
    .replace(/\/$/, '');
  const match = /^(?:\[([^\]]+)\]|([\p{L}\p{M}\p{N}._-]+))(?::(\d{1,5}))?$/u.exec(trimmed);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (
    host === undefined ||
    port === undefined ||
    port > 65535 ||
    (match?.[1] !== undefined && isIP(host) !== 6)
  ) {
    throw new InvalidArgumentError(
      `${JSON.stringify(text.slice(0, 200))} is not an address: write host:port, for example seed.example:4433 or [::1]:4433`,
    );
  }
  return { host, port };
}

/** Reads addresses that commas separate; without any, there are none. Throws InvalidArgumentError. */
export function parseAddresses(text: string, defaultPort?: number): Address[] {
  const items = text.split(',').filter((item) => item.trim() !== '');
  return items.map((item) => parseAddress(item.trim(), defaultPort));
}
