import type { Address, Clock, Random } from '@macula/core';
import type { QuicBinding, QuicheHeader } from './binding.ts';
import { connectionIdLength, freshConnectionId } from './connection-id.ts';
import { RetryTokens } from './retry-token.ts';

/** Limits how often one address may start a handshake. */
export interface HandshakeAllowance {
  /** Counts one attempt; false when the host has used up its budget. */
  take(host: string): boolean;
}

export interface InitialPolicyOptions {
  /** Handshakes under way from which on every new address has to prove itself by Retry. */
  readonly retryAbove: number;
  /** Handshakes under way at which new ones are ignored. */
  readonly maxPending: number;
}

/** What to do with the first packet of an unknown connection. */
export type InitialVerdict =
  | {
      readonly do: 'accept';
      readonly originalDestinationId: Uint8Array | null;
      readonly connectionId: Buffer;
    }
  | { readonly do: 'reply'; readonly packet: Buffer }
  | {
      readonly do: 'ignore';
      readonly why: 'too_short' | 'not_initial' | 'overloaded' | 'bad_token' | 'address_budget';
    };

// RFC 9000 §14.1: an Initial in a smaller datagram is not to be answered.
const minInitialLength = 1_200;

/** Decides on first packets so that a stranger's cost us less than they cost him. */
export class InitialPolicy {
  private readonly tokens: RetryTokens;
  private readonly binding: QuicBinding;
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly allowance: HandshakeAllowance;
  private readonly options: InitialPolicyOptions;

  constructor(
    dependencies: {
      binding: QuicBinding;
      clock: Clock;
      random: Random;
      allowance: HandshakeAllowance;
    },
    options: InitialPolicyOptions,
  ) {
    this.binding = dependencies.binding;
    this.clock = dependencies.clock;
    this.random = dependencies.random;
    this.allowance = dependencies.allowance;
    this.options = options;
    this.tokens = new RetryTokens(dependencies.random.bytes(32));
  }

  judge(
    header: QuicheHeader,
    packetLength: number,
    from: Address,
    pending: number,
  ): InitialVerdict {
    const { binding } = this;
    if (packetLength < minInitialLength) return { do: 'ignore', why: 'too_short' };
    if (!binding.versionIsSupported(header.version)) {
      if (!this.allowance.take(from.host)) return { do: 'ignore', why: 'address_budget' };
      return {
        do: 'reply',
        packet: this.build((out) => binding.negotiateVersion(header.scid, header.dcid, out)),
      };
    }
    if (header.ty !== binding.Type.Initial) return { do: 'ignore', why: 'not_initial' };
    if (pending >= this.options.maxPending) return { do: 'ignore', why: 'overloaded' };
    const token = header.token;
    if (token !== undefined && token.length > 0) {
      const original = this.tokens.open(token, from, this.clock.now());
      // The client answers a Retry with the connection ID that it was given there.
      if (original === undefined || header.dcid.length !== connectionIdLength)
        return { do: 'ignore', why: 'bad_token' };
      if (!this.allowance.take(from.host)) return { do: 'ignore', why: 'address_budget' };
      return {
        do: 'accept',
        originalDestinationId: original,
        connectionId: Buffer.from(header.dcid),
      };
    }
    const connectionId = freshConnectionId(this.random);
    if (pending >= this.options.retryAbove) {
      const minted = this.tokens.mint(from, header.dcid, this.clock.now());
      return {
        do: 'reply',
        packet: this.build((out) =>
          binding.retry(header.scid, header.dcid, connectionId, minted, header.version, out),
        ),
      };
    }
    if (!this.allowance.take(from.host)) return { do: 'ignore', why: 'address_budget' };
    return { do: 'accept', originalDestinationId: null, connectionId };
  }

  private build(write: (out: Buffer) => number): Buffer {
    const out = Buffer.alloc(minInitialLength);
    return out.subarray(0, write(out));
  }
}
