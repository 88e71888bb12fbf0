import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../free-ports.mjs';
import { waitForPort } from '../mesh/wait-for-port.mjs';

export const realm = 'bench';

/** A router's process, and what it said of itself. */
class RouterProcess {
  #child;

  constructor(execPath, file, args) {
    const program = fileURLToPath(new URL(file, import.meta.url));
    // For profiles: `--cpu-prof --cpu-prof-dir=…`.
    const execArgv = (process.env.BENCH_ROUTER_FLAGS ?? '').split(' ').filter(Boolean);
    this.#child = fork(program, [realm, ...args], {
      execPath,
      execArgv,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#child.setMaxListeners(0);
  }

  next() {
    return new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`a router ended with code ${code}`));
      this.#child.once('exit', ended);
      this.#child.once('message', (message) => {
        this.#child.off('exit', ended);
        resolve(message);
      });
    });
  }

  /** Microseconds of user and system time so far. */
  async cpu() {
    const answer = this.next();
    this.#child.send('cpu');
    const { user, system } = (await answer).cpu;
    return user + system;
  }

  async stop() {
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 2_000);
    await ended;
    clearTimeout(timer);
  }
}

const first = ['publisher', 'caller'];
const others = ['subscriber', 'callee'];
const urlsOf = (near, far) =>
  Object.fromEntries([...first.map((role) => [role, near]), ...others.map((role) => [role, far])]);

/** Every contender starts its processes and says which role's clients connect where. */
export const routers = {
  async macula(execPath) {
    const router = new RouterProcess(execPath, 'macula-router.mjs', []);
    const { url } = await router.next();
    return { processes: [router], urls: urlsOf(url, url) };
  },
  /** Publisher and caller at one node, subscribers and callee at another. */
  async 'macula-across-two'(execPath) {
    const near = new RouterProcess(execPath, 'macula-router.mjs', []);
    const { url, address } = await near.next();
    const far = new RouterProcess(execPath, 'macula-router.mjs', [address]);
    return { processes: [near, far], urls: urlsOf(url, (await far.next()).url) };
  },
  async 'fox-wamp'(execPath) {
    const [port] = await freePorts(1);
    const router = new RouterProcess(execPath, 'fox-wamp-router.cjs', [String(port)]);
    const { url } = await router.next();
    await waitForPort(port);
    return { processes: [router], urls: urlsOf(url, url) };
  },
};
