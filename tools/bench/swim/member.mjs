// One member of the Macula cluster: a process with QUIC links and membership by SWIM, and nothing else. Tells its parent
// what it is told: { ready: id, address } and { at, type, about }, with the wall clock's milliseconds.
import { parseAddress, parseRealm, systemClock, systemRandom } from '@macula/core';
import { ephemeralIdentity, openAdmission } from '@macula/identity';
import { createSwim } from '@macula/swim';
import { createTransport } from '@macula/transport';

const [seed] = process.argv.slice(2);
const identity = await ephemeralIdentity();
const admission = openAdmission(parseRealm('bench.swim'));
const transport = createTransport({ identity, admission }, { host: '127.0.0.1', tcp: false });
const membership = createSwim(
  { links: transport, clock: systemClock, random: systemRandom },
  { bootstrap: seed === undefined ? [] : [parseAddress(seed)] },
);
membership.onChange(({ type, member }) =>
  process.send({ at: systemClock.wallTime(), type, about: member.id.key }),
);
process.on('disconnect', () => process.exit());
await transport.start();
await membership.start();
const { host, port } = transport.localAddresses[0];
process.send({ ready: transport.self.key, address: `${host}:${port}` });
