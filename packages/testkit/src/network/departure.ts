import type { Clock, Timer } from '@macula/core';
import type { Channel } from './channel.ts';
import type { Medium } from './medium.ts';

export interface DepartureEvents {
  /** Everything queued has left, or the time for it is over. */
  sent(): void;
  /** The peer has got everything that had left, and the notice that the link closes. */
  delivered(): void;
}

/** The graceful end of one side of a link. */
export class Departure {
  /** Resolves when everything queued has left. */
  readonly sent: Promise<void>;
  readonly channels: readonly Channel[];
  private readonly events: DepartureEvents;
  private readonly linger: Timer;
  private resolve = (): void => undefined;
  private state: 'sending' | 'sent' | 'noticed' | 'over' = 'sending';

  constructor(medium: Medium, clock: Clock, channels: readonly Channel[], events: DepartureEvents) {
    this.channels = channels;
    this.events = events;
    this.sent = new Promise((resolve) => {
      this.resolve = resolve;
    });
    this.linger = clock.setTimer(() => {
      this.giveUp();
    }, medium.limits.lingerMs);
  }

  start(): void {
    for (const channel of this.channels) {
      channel.onProgress = () => {
        this.advance();
      };
      channel.flush();
    }
    this.advance();
  }

  /** The link is closed on this side. */
  leave(): void {
    this.linger.cancel();
    if (this.state === 'sending') this.state = 'sent';
    this.resolve();
  }

  /** The peer has been told that the link closes. */
  noticeArrived(): void {
    if (this.state === 'over') return;
    this.state = 'noticed';
    this.advance();
  }

  /** Nothing more needs to arrive. */
  abort(): void {
    this.leave();
    this.state = 'over';
    for (const channel of this.channels) channel.abort();
  }

  private advance(): void {
    if (this.state === 'sending' && this.channels.every((channel) => channel.queuedBytes === 0)) {
      this.state = 'sent';
      this.events.sent();
    } else if (this.state === 'noticed' && this.channels.every((channel) => channel.idle)) {
      this.state = 'over';
      this.events.delivered();
    }
  }

  private giveUp(): void {
    for (const channel of this.channels) channel.abort();
    this.advance();
  }
}
