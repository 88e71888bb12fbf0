import { LinkCloseCode } from '@macula/core';
import type { ManagedLink } from '../link/managed-link.ts';

export interface KeepAliveOptions {
  /** Silence after which a link that nobody relies on is pinged, in milliseconds. */
  readonly keepAliveMs: number;
  /** The same where somebody does. */
  readonly watchedKeepAliveMs: number;
  /** Silence after which a link counts as lost, in milliseconds. */
  readonly silenceLimitMs: number;
}

/** A link whose silence has been noticed. */
interface Silence {
  /** When the first ping into it was sent. */
  readonly pingedAt: number;
  lastPingAt: number;
}

/**
 * Pings links that have gone quiet, and closes those that stay so. It notices within seconds what the
 * transport below reports after half a minute: a peer whose process hangs, or a path that swallows
 * packets. A link is only given up when pings went out and this node itself was awake to hear the
 * answers.
 */
export class KeepAlive {
  private readonly options: KeepAliveOptions;
  private silences = new Map<ManagedLink, Silence>();

  constructor(options: KeepAliveOptions) {
    this.options = options;
  }

  /** Looks at one link; to be called often in relation to the options' times. */
  check(link: ManagedLink, watched: boolean, now: number): void {
    const { keepAliveMs, watchedKeepAliveMs, silenceLimitMs } = this.options;
    const quietMs = now - link.lastReceivedAt;
    const silence = this.silences.get(link);
    if (silence !== undefined && link.lastReceivedAt >= silence.pingedAt) {
      this.silences.delete(link);
    } else if (silence !== undefined) {
      const patienceMs = silenceLimitMs - watchedKeepAliveMs;
      if (quietMs >= silenceLimitMs && now - silence.pingedAt >= patienceMs) {
        this.silences.delete(link);
        link.abort(
          LinkCloseCode.silent,
          `nothing was heard of the peer for ${Math.round(quietMs)} ms`,
        );
      } else if (now - silence.lastPingAt >= watchedKeepAliveMs) {
        silence.lastPingAt = now;
        link.ping();
      }
    } else if (quietMs >= (watched ? watchedKeepAliveMs : keepAliveMs)) {
      this.silences.set(link, { pingedAt: now, lastPingAt: now });
      link.ping();
    }
  }

  /** This node was asleep: what it did not hear meanwhile says nothing about its peers. */
  forgive(): void {
    this.silences.clear();
  }

  forget(link: ManagedLink): void {
    this.silences.delete(link);
  }
}
