// What the directory costs a node in this process: a lookup that is answered from its cache, and a record that it holds.
//   node --expose-gc --conditions=@macula/source --import ./tools/typescript-loader.mjs tools/bench/dht/costs.mjs
import { createHash } from 'node:crypto';
import { DirectoryKey } from '@macula/core';
import { FrameKind, KademliaRecordContent, KademliaStore, KademliaStored } from '@macula/wire';
import { DhtMesh, seal } from '../../simulate/dht-mesh.mjs';

const lookups = 200_000;
const authors = 1_000;
const recordsEach = 40;
const perMessage = 100;
/** Whatever was measured stays: freeing it would falsify what is measured next. */
const kept = [];

await cacheHit();
await record('under a key of its own', (author, at) => `${author} ${at}`);
await record('under a key that it shares with a thousand', (_author, at) => String(at));

async function cacheHit() {
  const mesh = new DhtMesh({ options: { cacheMs: 300_000 } });
  await mesh.populate(100);
  const [{ key, node }] = await mesh.announce(1);
  const reader = mesh.nodes.find((one) => one !== node && !one.directory.state.local);
  await mesh.complete(reader.directory.lookup(key));
  const asked = mesh.network.requests;
  for (const round of ['warming up', 'measured']) {
    const begin = process.hrtime.bigint();
    for (let i = 0; i < lookups; i++) await reader.directory.lookup(key);
    const each = Number(process.hrtime.bigint() - begin) / 1_000 / lookups;
    if (round === 'measured') console.log(`a lookup from the cache: ${each.toFixed(2)} µs`);
  }
  if (mesh.network.requests !== asked) throw new Error('some lookups went out');
}

/** Records as of subscriptions: a value of 60 bytes, a signature of 71; a public key and an ID are shared by 40 of one node. */
async function record(what, nameOf) {
  const mesh = new DhtMesh();
  const holder = await mesh.complete(mesh.join());
  const link = {
    peer: holder.id,
    remoteAddress: { host: '10.0.0.1', port: 4_433 },
  };
  kept.push(holder);
  const store = holder.links.handlers.get(FrameKind.kademliaStore);
  const expiresAt = BigInt(Math.floor(mesh.clock.wallTime()) + 1_800_000);
  const before = heap();
  for (let author = 0; author < authors; author++) {
    const publicKey = createHash('sha512').update(String(author)).digest();
    const records = [];
    for (let at = 0; at < recordsEach; at++) {
      const content = KademliaRecordContent.encode({
        key: DirectoryKey.of('bench', nameOf(author, at)).bytes,
        id: `k3x9a0b2-x1y.${at.toString(36)}`,
        sequence: 1n,
        expiresAt,
        withdrawn: false,
        value: mesh.random.bytes(60),
      }).finish();
      const signed = Buffer.concat([Buffer.from('macula-dht-record-1\0'), content]);
      const signature = Buffer.concat([seal(publicKey, signed), Buffer.alloc(39)]);
      records.push({ content, publicKey, signature });
    }
    for (let at = 0; at < records.length; at += perMessage) {
      const page = records.slice(at, at + perMessage);
      const body = KademliaStore.encode({ addresses: ['10.0.0.1:4433'], records: page }).finish();
      // As links hand them out: a view of what has been received.
      const { taken } = KademliaStored.decode(await store(link, Uint8Array.from(body)));
      if (taken !== page.length) throw new Error(`${page.length - taken} records were refused`);
    }
  }
  const { records } = holder.directory.state;
  console.log(`a record ${what}: ${((heap() - before) / records).toFixed(0)} bytes`);
}

function heap() {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
