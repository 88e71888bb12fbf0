import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Address } from '@macula/core';

const macLength = 16;
const headerLength = 8;

/**
 * Stateless address validation (RFC 9000 §8.1.2): a token that binds a client's address, the time and
 * the connection ID it first aimed at, authenticated with a key that never leaves the process.
 */
export class RetryTokens {
  private readonly key: Uint8Array;
  private readonly lifetimeMs: number;

  constructor(key: Uint8Array, lifetimeMs = 10_000) {
    this.key = key;
    this.lifetimeMs = lifetimeMs;
  }

  mint(from: Address, originalDestinationId: Uint8Array, now: number): Buffer {
    const body = Buffer.alloc(headerLength + originalDestinationId.length);
    body.writeDoubleBE(now);
    body.set(originalDestinationId, headerLength);
    return Buffer.concat([this.mac(from, body), body]);
  }

  /** The original destination connection ID, or undefined when the token is forged, expired, or somebody else's. */
  open(token: Uint8Array, from: Address, now: number): Buffer | undefined {
    if (token.length <= macLength + headerLength) return undefined;
    const body = Buffer.from(token.subarray(macLength));
    if (!timingSafeEqual(this.mac(from, body), token.subarray(0, macLength))) return undefined;
    const age = now - body.readDoubleBE();
    return age >= 0 && age <= this.lifetimeMs ? body.subarray(headerLength) : undefined;
  }

  private mac(from: Address, body: Uint8Array): Buffer {
    return createHmac('sha256', this.key)
      .update(`${from.host} ${from.port} `)
      .update(body)
      .digest()
      .subarray(0, macLength);
  }
}
