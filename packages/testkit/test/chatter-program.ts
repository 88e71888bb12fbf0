// Plays a chatter's play in as many threads as the first argument says, and prints what happened to each node. With `leave`, the second
// thread ends early.
import process from 'node:process';
import { joinShards } from '../src/index.ts';
import { Chatter } from './chatter.ts';

const [, , shards, how] = process.argv;
const chatter = new Chatter({ lookaheadMs: 5, latencyMs: { min: 1, max: 80 }, loss: 0.05 });
const shard = joinShards({
  ...chatter.options,
  shards: Number(shards),
  program: import.meta.url,
});

if (shard.index !== 1 || how !== 'leave') {
  const told = await chatter.play(shard).catch((error: Error) => [error.name, error.message]);
  if (shard.index === 0) process.stdout.write(JSON.stringify(told));
}
