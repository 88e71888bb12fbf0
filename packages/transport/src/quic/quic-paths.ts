import type { Address } from '@macula/core';
import type { HostPort, PathEvent, QuicheConnection } from './binding.ts';

/**
 * Follows a peer that changes its address (NAT rebinding, another network) and initiates changes of
 * ours. quiche validates every new path before it sends more than a probe there (RFC 9000 §8.2, §9).
 */
export class QuicPaths {
  private readonly quiche: QuicheConnection;
  private remote: Address;
  private wanted: Address | undefined;
  private probing = false;
  private watching = false;

  constructor(quiche: QuicheConnection, remote: Address) {
    this.quiche = quiche;
    this.remote = remote;
  }

  get remoteAddress(): Address {
    return this.remote;
  }

  /** Whether path events are to be expected. */
  get changing(): boolean {
    return this.watching;
  }

  sawPacket(from: Address): void {
    if (from.port !== this.remote.port || from.host !== this.remote.host) this.watching = true;
  }

  migrateTo(local: Address): void {
    this.wanted = local;
    this.watching = true;
    this.probing = false;
    this.probe();
  }

  /** Takes what quiche has found out about paths. */
  follow(): void {
    for (;;) {
      const event = this.nextEvent();
      if (event === null) break;
      if (event.type === 'PeerMigrated') {
        this.remote = { host: event.new.host, port: event.new.port };
      } else if (event.type === 'Validated' && this.wants(event.local)) {
        this.quiche.migrate(event.local, event.peer);
        this.wanted = undefined;
      } else if (event.type === 'FailedValidation' && this.wants(event.local)) {
        // Stays where it is, for as long as that is open.
        this.wanted = undefined;
      }
    }
    this.probe();
    // A packet from elsewhere starts it again.
    if (this.wanted === undefined) this.watching = false;
  }

  private wants(local: HostPort): boolean {
    return this.wanted?.port === local.port && this.wanted.host === local.host;
  }

  /** Where it is not possible yet, before the handshake is over or without a spare connection ID, `follow` tries again. */
  private probe(): void {
    if (this.wanted === undefined || this.probing) return;
    try {
      this.quiche.probePath(this.wanted, this.remote);
      this.probing = true;
    } catch {
      this.probing = false;
    }
  }

  private nextEvent(): PathEvent | null {
    try {
      return this.quiche.pathEventNext();
    } catch {
      return null;
    }
  }
}
