import { Channel, type ChannelReceiver } from './channel.ts';
import type { Delivery } from './delivery-queue.ts';
import type { Medium } from './medium.ts';
import type { Path } from './path.ts';

interface Packet {
  /** Undefined at the end of the channel. */
  readonly burst: Uint8Array | undefined;
  arrival: number;
}

/** A channel whose far end is at hand: what the network blocks waits in transit, as if retransmitted. */
export class NearChannel extends Channel implements Delivery {
  time = 0;
  sequence = 0;
  position = -1;
  private readonly receiver: ChannelReceiver;
  private readonly transit: Packet[] = [];
  private latestArrival = 0;
  private stalled = false;

  constructor(medium: Medium, path: Path, receiver: ChannelReceiver) {
    super(medium, path);
    this.receiver = receiver;
  }

  protected get underWay(): boolean {
    return this.transit.length > 0;
  }

  override abort(): void {
    super.abort();
    this.transit.length = 0;
    this.medium.deliveries.cancel(this);
  }

  override wake(): void {
    if (this.stalled) {
      this.stalled = false;
      const retransmitted = this.path.reliableArrival(0);
      for (const packet of this.transit) packet.arrival = Math.max(packet.arrival, retransmitted);
      this.latestArrival = Math.max(this.latestArrival, retransmitted);
      this.scheduleNext();
    }
    super.wake();
  }

  arrive(): void {
    const now = this.medium.deliveries.now();
    for (let next = this.transit[0]; next !== undefined && next.arrival <= now;) {
      if (!this.path.open) {
        this.stalled = true;
        return;
      }
      this.transit.shift();
      if (next.burst === undefined) this.receiver.receiveEnd();
      else this.consumed(this.receiver.receive(next.burst));
      next = this.transit[0];
    }
    this.scheduleNext();
    this.onProgress?.();
  }

  protected depart(burst: Uint8Array | undefined): void {
    const arrival = Math.max(
      this.latestArrival,
      this.path.reliableArrival(burst === undefined ? 0 : burst.length),
    );
    this.latestArrival = arrival;
    this.transit.push({ burst, arrival });
    if (this.transit.length === 1 && !this.stalled) this.scheduleNext();
  }

  private scheduleNext(): void {
    const next = this.transit[0];
    if (next !== undefined) this.medium.deliveries.schedule(this, next.arrival);
  }
}
