import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { freePorts } from '../free-ports.mjs';

/** Which Serf this machine has; undefined where it has none. */
export function serfVersion() {
  const { status, stdout } = spawnSync('serf', ['version'], { encoding: 'utf8' });
  return status === 0 ? stdout.split('\n')[0].replace(/^serf\s+/i, '') : undefined;
}

/** What Serf's log calls it. */
const types = { join: 'joined', failed: 'failed', suspect: 'suspected' };

/** A cluster of Serf's agents on the loopback interface, with its LAN profile, which is the default. Their logs tell what they see. */
export class SerfCluster {
  /** { name, child } */
  members = [];
  #events = [];

  async start(count) {
    const ports = await freePorts(2 * count);
    for (let i = 0; i < count; i++) {
      const [port, rpcPort] = [ports[2 * i], ports[2 * i + 1]];
      const args = ['agent', `-node=s${i}`, `-bind=127.0.0.1:${port}`, '-profile=lan'];
      args.push(`-rpc-addr=127.0.0.1:${rpcPort}`, '-log-level=debug');
      if (i > 0) args.push(`-join=127.0.0.1:${ports[0]}`);
      await this.#add(`s${i}`, args);
    }
  }

  seen(type) {
    return this.#events.filter((event) => event.type === type);
  }

  stop() {
    for (const { child } of this.members) child.kill('SIGKILL');
  }

  #add(name, args) {
    const child = spawn('serf', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    this.members.push({ name, child });
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`${name} ended before it was ready`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        const [, type, about] =
          /EventMember(Join|Failed): (\S+)/i.exec(line) ??
          /memberlist: (Suspect) (\S+) has failed/.exec(line) ??
          [];
        if (type !== undefined) {
          const event = { at: Date.now(), by: name, about };
          this.#events.push({ ...event, type: types[type.toLowerCase()] });
        }
        if (/Serf agent starting|Agent running/i.test(line)) resolve();
      });
    });
  }
}
