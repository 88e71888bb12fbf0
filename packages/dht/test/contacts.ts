import { createHash } from 'node:crypto';
import { NodeId } from '@macula/core';
import type { Contact } from '../src/kademlia/contact.ts';

/** The ID that begins with these hex digits; the rest is zero. */
export function idOf(digits: string): NodeId {
  return NodeId.parse(digits.padEnd(64, '0'));
}

export function contactOf(digits: string, host = '10.0.0.1'): Contact {
  return { id: idOf(digits), addresses: [{ host, port: 4433 }] };
}

/** A contact with a pseudorandom ID, always the same for the same number. */
export function contactAt(number: number): Contact {
  const id = NodeId.fromBytes(createHash('sha256').update(String(number)).digest());
  return { id, addresses: [{ host: '10.0.0.1', port: 1 + (number % 65_535) }] };
}
