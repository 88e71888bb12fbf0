import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { type Address, type Clock, withDeadline } from '@macula/core';

/** All IP addresses of a DNS name, best first. Rejects when there are none. */
export type ResolveName = (host: string) => Promise<readonly string[]>;

/** Asks the operating system, hosts file included. */
export const systemResolver: ResolveName = async (host) => {
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
};

/** Addresses that are dialled for one target, at most. */
const maxResolved = 16;

/** Milliseconds that a name may take. */
const timeoutMs = 3_000;

/**
 * Turns names into IP addresses, in parallel, and keeps the order of preference. A name that cannot be
 * resolved is left out; what went wrong is added to `errors`.
 */
export async function resolveAddresses(
  clock: Clock,
  resolve: ResolveName,
  addresses: readonly Address[],
  signal: AbortSignal,
  errors: unknown[],
): Promise<readonly Address[]> {
  const lists = await Promise.all(
    addresses.map(async (address): Promise<readonly Address[]> => {
      if (isIP(address.host) !== 0) return [address];
      try {
        const what = `the lookup of ${address.host}`;
        const hosts = await withDeadline(clock, resolve(address.host), {
          timeout: timeoutMs,
          signal,
          what,
        });
        return hosts.map((host) => ({ host, port: address.port }));
      } catch (error) {
        errors.push(error);
        return [];
      }
    }),
  );
  return lists.flat().slice(0, maxResolved);
}
