import process from 'node:process';
import {
  isMainThread,
  MessageChannel,
  type MessagePort,
  Worker,
  workerData,
} from 'node:worker_threads';
import { InvalidArgumentError } from '@macula/core';
import { alone, type Meeting } from './meeting.ts';
import { createShard, type Shard, type ShardOptions } from './shard.ts';
import { type MeetingPlace, meetingPlace, ThreadMeeting } from './thread-meeting.ts';

export interface JoinShardsOptions extends ShardOptions {
  /** How many threads run the simulation. */
  readonly shards: number;
  /** The program that all of them run: `import.meta.url` of the one that calls this. */
  readonly program: string;
}

/** What a thread is told of its shard. */
interface Invitation {
  readonly maculaShard: {
    readonly index: number;
    readonly place: MeetingPlace;
    readonly ports: readonly (MessagePort | undefined)[];
  };
}

const mostShards = 64;

/**
 * Makes this program one of several that run a simulation together, each in a thread of its own. The main thread is shard 0; it
 * starts the others, which run the same program with the same arguments up to the same call and on from there. Throws
 * InvalidArgumentError; a shard whose program ends or fails makes `advance` and `gather` fail in the others with NotRunningError.
 */
export function joinShards({ shards, program, ...options }: JoinShardsOptions): Shard {
  if (!Number.isInteger(shards) || shards < 1 || shards > mostShards) {
    throw new InvalidArgumentError(`a simulation runs in 1 to ${mostShards} shards, not ${shards}`);
  }
  return createShard(shards === 1 ? alone : join(shards, program), options);
}

function join(shards: number, program: string): Meeting {
  const invitations = isMainThread ? invite(shards, program) : (workerData as Invitation);
  const { index, place, ports } = invitations.maculaShard;
  const meeting = new ThreadMeeting(place, index, ports);
  process.on('exit', () => {
    meeting.leave();
  });
  return meeting;
}

/** Starts the other shards' threads; returns the invitation of the main thread. */
function invite(shards: number, program: string): Invitation {
  const place = meetingPlace(shards);
  const ports: (MessagePort | undefined)[][] = Array.from({ length: shards }, () => []);
  for (let one = 0; one < shards; one++) {
    for (let other = one + 1; other < shards; other++) {
      const { port1, port2 } = new MessageChannel();
      (ports[one] as MessagePort[])[other] = port1;
      (ports[other] as MessagePort[])[one] = port2;
    }
  }
  const [own, ...others] = ports.map((row, index) => ({
    maculaShard: { index, place, ports: Array.from({ length: shards }, (_, at) => row[at]) },
  }));
  for (const invitation of others) {
    const worker = new Worker(new URL(program), {
      argv: process.argv.slice(2),
      workerData: invitation,
      transferList: invitation.maculaShard.ports.filter((port) => port !== undefined),
    });
    // A simulation that has failed in the main thread ends there.
    worker.unref();
  }
  for (const port of own?.maculaShard.ports ?? []) port?.unref();
  return own as Invitation;
}
