import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { NotRunningError } from '@macula/core';
import type { Brought, Meeting, Taken } from './meeting.ts';

/** Where the words of `state` are; behind them, twice: for each pair of shards, whether one has something for the other. */
const words = { arrived: 0, round: 1, left: 2, parcels: 3 };
/** How long a thread waits before it looks whether another has left. */
const waitMs = 1_000;

/** What threads share to meet. */
export interface MeetingPlace {
  readonly count: number;
  /** `words`. */
  readonly state: SharedArrayBuffer;
  /** Twice: when something happens next, by shard. Those who are in the next round already must not overwrite what others read. */
  readonly times: SharedArrayBuffer;
}

export function meetingPlace(count: number): MeetingPlace {
  return {
    count,
    state: new SharedArrayBuffer((words.parcels + 2 * count * count) * 4),
    times: new SharedArrayBuffer(2 * count * 8),
  };
}

/** A meeting of threads. They wait without turning their event loops: what is between two meetings is all there is. */
export class ThreadMeeting implements Meeting {
  readonly index: number;
  readonly count: number;
  private readonly state: Int32Array;
  private readonly times: Float64Array;
  /** By shard. */
  private readonly ports: readonly (MessagePort | undefined)[];

  constructor(place: MeetingPlace, index: number, ports: readonly (MessagePort | undefined)[]) {
    this.index = index;
    this.count = place.count;
    this.state = new Int32Array(place.state);
    this.times = new Float64Array(place.times);
    this.ports = ports;
  }

  /** Throws NotRunningError when another thread has left. */
  meet({ parcels, nextMs }: Brought): Taken {
    const round = Atomics.load(this.state, words.round);
    const half = (round & 1) * this.count;
    this.times[half + this.index] = nextMs;
    this.ports.forEach((port, shard) => {
      const bytes = parcels[shard];
      this.state[this.flag(half, this.index, shard)] = bytes === undefined ? 0 : 1;
      if (bytes !== undefined) port?.postMessage(bytes, [bytes.buffer as ArrayBuffer]);
    });
    this.wait(round);
    return {
      parcels: this.ports.map((port, shard) =>
        port !== undefined && this.state[this.flag(half, shard, this.index)] === 1
          ? (receiveMessageOnPort(port)?.message as Uint8Array)
          : undefined,
      ),
      nextMs: Math.min(...this.times.subarray(half, half + this.count)),
    };
  }

  /** This thread comes to no further meeting: nobody needs to wait for it. */
  leave(): void {
    Atomics.store(this.state, words.left, this.index + 1);
    Atomics.notify(this.state, words.round);
  }

  private wait(round: number): void {
    const { state, count } = this;
    if (Atomics.add(state, words.arrived, 1) === count - 1) {
      Atomics.store(state, words.arrived, 0);
      Atomics.store(state, words.round, round + 1);
      Atomics.notify(state, words.round);
      return;
    }
    while (Atomics.load(state, words.round) === round) {
      const left = Atomics.load(state, words.left);
      if (left > 0) throw new NotRunningError(`shard ${left - 1} has left the simulation`);
      Atomics.wait(state, words.round, round, waitMs);
    }
  }

  private flag(half: number, from: number, to: number): number {
    return words.parcels + (half + from) * this.count + to;
  }
}
