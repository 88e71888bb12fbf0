import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./member.mjs', import.meta.url));

/** A cluster of Macula processes on the loopback interface, with the defaults of `createSwim`. */
export class MaculaCluster {
  /** { name, child } */
  members = [];
  #events = [];
  #names = new Map();
  #seed;

  async start(count) {
    for (let i = 0; i < count; i++) await this.#add(`m${i}`);
  }

  /** What the members were told, with names in place of IDs: { at, by, type, about }. */
  seen(type) {
    return this.#events
      .filter((event) => event.type === type)
      .map((event) => ({ ...event, about: this.#names.get(event.about) }));
  }

  stop() {
    for (const { child } of this.members) child.kill('SIGKILL');
  }

  #add(name) {
    const args = this.#seed === undefined ? [] : [this.#seed];
    const child = fork(script, args, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    this.members.push({ name, child });
    return new Promise((resolve, reject) => {
      child.once('exit', () => reject(new Error(`${name} ended before it was ready`)));
      child.on('message', ({ ready, address, ...event }) => {
        if (ready === undefined) this.#events.push({ ...event, by: name });
        else {
          this.#names.set(ready, name);
          this.#seed ??= address;
          resolve();
        }
      });
    });
  }
}
