import {
  type Address,
  formatAddress,
  type NodeId,
  PeerUnreachableError,
  WrongIdentityError,
  WrongRealmError,
} from '@macula/core';
import { Delivery } from '../network/delivery-queue.ts';
import type { MemoryLink } from '../network/memory-link.ts';
import { Path } from '../network/path.ts';
import type { NodeMedium } from './half-connection.ts';
import type { NodePlace } from './node-place.ts';
import { ParcelKind } from './parcel.ts';

/** How often the first packet of a handshake is sent again, in milliseconds. */
const retryMs = 200;
const nothing = new Uint8Array(0);

export interface FarDialPlan {
  readonly medium: NodeMedium;
  /** Of the connection that it will be. */
  readonly number: number;
  readonly dialler: NodePlace;
  /** Undefined where nobody is. */
  readonly target: NodePlace | undefined;
  readonly address: Address;
  readonly expected: NodeId | undefined;
}

/**
 * One handshake with a node that may be elsewhere. Whom it will find, and so why it will be refused, it knows already;
 * whether and when it gets an answer, it does not.
 */
export class FarDial extends Delivery {
  readonly plan: FarDialPlan;
  readonly result: Promise<MemoryLink>;
  /** Why the target will refuse. */
  readonly refusal: Error | undefined;
  private readonly deadline: number;
  private there: Path | undefined;
  private resolve: (link: MemoryLink) => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;

  constructor(plan: FarDialPlan) {
    super();
    this.plan = plan;
    this.refusal = refusalOf(plan);
    this.deadline = plan.medium.deliveries.now() + plan.medium.limits.silenceMs;
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** The link is there, and opens or is open. */
  succeed(link: MemoryLink): void {
    this.plan.medium.deliveries.cancel(this);
    link.whenOpen().then(this.resolve, this.reject);
  }

  fail(error: Error): void {
    this.plan.medium.deliveries.cancel(this);
    this.reject(error);
  }

  /** The target answers that it refuses. */
  refused(): void {
    this.fail(this.refusal ?? unreachable(this.plan.address, 'nobody listens there'));
  }

  /** No answer has come yet. */
  arrive(): void {
    if (this.plan.target === undefined) this.refused();
    else if (this.plan.medium.deliveries.now() < this.deadline) this.ask();
    else this.fail(unreachable(this.plan.address, 'it does not answer'));
  }

  ask(): void {
    const { medium, number, dialler, target } = this.plan;
    if (this.there === undefined || this.there.to !== target?.host) {
      this.there = new Path(medium, dialler.host, (target ?? dialler).host);
    }
    const arrival = this.there.reliableArrival(0);
    if (target === undefined) {
      medium.deliveries.schedule(this, arrival);
      return;
    }
    const kind = this.refusal === undefined ? ParcelKind.dial : ParcelKind.knock;
    medium.post(target.index, { kind, connection: number, channel: 0 }, nothing, arrival);
    const again = Math.min(medium.deliveries.now() + retryMs, this.deadline);
    medium.deliveries.schedule(this, again);
  }
}

function refusalOf({ dialler, target, address, expected }: FarDialPlan): Error | undefined {
  if (target === undefined) return unreachable(address, 'nobody listens there');
  if (target === dialler) return unreachable(address, 'it is this node itself');
  const where = formatAddress(address);
  const { self, realm } = target.identity;
  if (expected !== undefined && !expected.equals(self)) {
    return new WrongIdentityError(`${where} is ${self.key}, not ${expected.key}`);
  }
  const own = dialler.identity.realm;
  if (realm === own) return undefined;
  return new WrongRealmError(`${where} belongs to realm ${realm}, this node to ${own}`);
}

function unreachable(address: Address, why: string): PeerUnreachableError {
  return new PeerUnreachableError(`${formatAddress(address)} cannot be reached: ${why}`);
}
