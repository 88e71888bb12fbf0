import { Delivery } from './delivery-queue.ts';
import type { Medium } from './medium.ts';
import type { Path } from './path.ts';

/** A small reliable message outside of any channel: a link opens or closes, a stream is reset. */
export class Notice extends Delivery {
  private readonly medium: Medium;
  private readonly path: Path;
  private readonly act: () => void;
  private stalled = false;

  constructor(medium: Medium, path: Path, act: () => void) {
    super();
    this.medium = medium;
    this.path = path;
    this.act = act;
    this.send();
  }

  arrive(): void {
    if (this.path.open) this.act();
    else this.stalled = true;
  }

  /** The network lets packets through again. */
  wake(): void {
    if (this.stalled) this.send();
  }

  private send(): void {
    this.stalled = false;
    this.medium.deliveries.schedule(this, this.path.reliableArrival(0));
  }
}
