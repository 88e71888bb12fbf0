import type { Address, NodeId } from '@macula/core';
import { Handshake } from '../network/handshake.ts';
import type { MemoryLink } from '../network/memory-link.ts';
import { Path } from '../network/path.ts';
import type { NodeMedium } from './half-connection.ts';
import type { NodePlace } from './node-place.ts';
import { ParcelKind } from './parcel.ts';

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
export class FarDial extends Handshake {
  readonly plan: FarDialPlan;
  /** Why the target will refuse. */
  readonly refusal: Error | undefined;
  private there: Path | undefined;

  constructor(plan: FarDialPlan) {
    super(plan.medium, plan.address);
    this.plan = plan;
    this.refusal = this.foreseen();
  }

  /** The link is there, and opens or is open. */
  succeed(link: MemoryLink): void {
    this.plan.medium.deliveries.cancel(this);
    this.concludeWith(link);
  }

  cancel(error: Error): void {
    this.plan.medium.deliveries.cancel(this);
    this.failWith(error);
  }

  /** The target answers that it refuses. */
  refused(): void {
    this.cancel(this.refusal ?? this.unreachable('nobody listens there'));
  }

  /** No answer has come yet. */
  arrive(): void {
    if (this.plan.target === undefined) this.refused();
    else if (this.hasTime) this.ask();
    else this.cancel(this.unreachable('it does not answer'));
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
    this.scheduleRetry();
  }

  private foreseen(): Error | undefined {
    const { dialler, target, expected } = this.plan;
    if (target === undefined) return this.unreachable('nobody listens there');
    if (target === dialler) return this.unreachable('it is this node itself');
    return this.refusalOf(dialler.identity, target.identity, expected);
  }
}
