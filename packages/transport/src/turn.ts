/** Something with work to do before the event loop turns. */
export interface TurnTask {
  /** Moves what was queued one step towards the network. Must not throw. */
  flush(): void;
}

/**
 * Coalesces what one JavaScript turn produces. Links hand in their queues, connections their packets;
 * both run once, after the last promise continuation of the turn and before the event loop looks at
 * the network again. So everything that a burst of calls or a batch of received packets caused leaves
 * in few packets, and a single message leaves without waiting for a timer.
 */
export class Turn {
  private links: TurnTask[] = [];
  private connections: TurnTask[] = [];
  private scheduled = false;
  private turns = 0;

  /** Queues move into streams first ... */
  addLink(task: TurnTask): void {
    this.links.push(task);
    this.schedule();
  }

  /** ... then streams into packets. */
  addConnection(task: TurnTask): void {
    this.connections.push(task);
    this.schedule();
  }

  private schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    // A tick that is queued from a microtask runs when no microtask is left.
    queueMicrotask(this.afterMicrotasks);
  }

  private readonly afterMicrotasks = (): void => {
    process.nextTick(this.run);
  };

  private readonly run = (): void => {
    this.scheduled = false;
    const links = this.links;
    if (links.length > 0) {
      this.links = [];
      for (const link of links) link.flush();
    }
    const connections = this.connections;
    if (connections.length > 0) {
      this.connections = [];
      // Sending takes time: whoever is last waits for all the others, so it is somebody else each time.
      const first = this.turns++ % connections.length;
      for (let i = first; i < connections.length; i++) connections[i]?.flush();
      for (let i = 0; i < first; i++) connections[i]?.flush();
    }
  };
}
