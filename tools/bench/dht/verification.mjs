// What a signed record costs whoever keeps or reads it: node tools/bench/dht/verification.mjs
import { createHash } from 'node:crypto';
import { systemClock, systemRandom } from '@macula/core';
import { ephemeralIdentity, verifySignature } from '@macula/identity';

const identity = await ephemeralIdentity({ clock: systemClock, random: systemRandom });
const records = Array.from({ length: 2_000 }, (_, at) => {
  const data = Buffer.alloc(200, at);
  return { data, signature: identity.sign(data) };
});

function measure(what, work) {
  for (const record of records) work(record);
  const begin = performance.now();
  for (const record of records) work(record);
  const each = ((performance.now() - begin) * 1_000) / records.length;
  console.log(`${what}: ${each.toFixed(1)} µs`);
}

measure('signing a record', ({ data }) => identity.sign(data));
measure('verifying it', ({ data, signature }) => {
  if (!verifySignature(identity.publicKey, data, signature)) throw new Error('not authentic');
});
measure('recognising one that was verified', ({ data, signature }) =>
  createHash('sha256').update(identity.publicKey).update(data).update(signature).digest('base64'),
);
