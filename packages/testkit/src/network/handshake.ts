import {
  type Address,
  formatAddress,
  type NodeId,
  PeerUnreachableError,
  WrongIdentityError,
  WrongRealmError,
} from '@macula/core';
import { Delivery } from './delivery-queue.ts';
import type { Medium } from './medium.ts';
import type { MemoryLink } from './memory-link.ts';
import type { NodeIdentity } from './memory-links.ts';

/** How often the first packet of a handshake is sent again, in milliseconds. */
const retryMs = 200;

/** One attempt to open a link with whoever is at an address, tried again until the silence limit. */
export abstract class Handshake extends Delivery {
  protected readonly address: Address;
  protected readonly medium: Medium;
  private readonly deadline: number;
  private readonly result: Promise<MemoryLink>;
  private resolve: (link: MemoryLink) => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;

  constructor(medium: Medium, address: Address) {
    super();
    this.medium = medium;
    this.address = address;
    this.deadline = medium.deliveries.now() + medium.limits.silenceMs;
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Gives up. */
  abstract cancel(error: Error): void;

  /** The link; rejects with why there is none, or with the signal's reason. */
  async outcome(signal: AbortSignal | undefined): Promise<MemoryLink> {
    const abandon = (): void => {
      this.cancel(signal?.reason as Error);
    };
    signal?.addEventListener('abort', abandon, { once: true });
    try {
      return await this.result;
    } finally {
      signal?.removeEventListener('abort', abandon);
    }
  }

  protected concludeWith(link: MemoryLink): void {
    link.whenOpen().then(this.resolve, this.reject);
  }

  protected failWith(error: Error): void {
    this.reject(error);
  }

  protected get hasTime(): boolean {
    return this.medium.deliveries.now() < this.deadline;
  }

  /** Arrives once more a little later, at the deadline at the latest. */
  protected scheduleRetry(): void {
    const { deliveries } = this.medium;
    deliveries.schedule(this, Math.min(deliveries.now() + retryMs, this.deadline));
  }

  protected unreachable(why: string): PeerUnreachableError {
    return new PeerUnreachableError(`${formatAddress(this.address)} cannot be reached: ${why}`);
  }

  /** Why `responder`, another node, refuses; undefined when it does not. */
  protected refusalOf(
    dialler: NodeIdentity,
    responder: NodeIdentity,
    expected: NodeId | undefined,
  ): Error | undefined {
    const where = formatAddress(this.address);
    const { self, realm } = responder;
    if (expected !== undefined && !expected.equals(self)) {
      return new WrongIdentityError(`${where} is ${self.key}, not ${expected.key}`);
    }
    if (realm === dialler.realm) return undefined;
    const message = `${where} belongs to realm ${realm}, this node to ${dialler.realm}`;
    return new WrongRealmError(message);
  }
}
