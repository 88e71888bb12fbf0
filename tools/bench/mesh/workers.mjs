import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { within } from './time-limit.mjs';

const workerFile = fileURLToPath(new URL('./worker.mjs', import.meta.url));
/** The longest command, a flood of a slow contender, takes a tenth of it. */
const commandLimitMs = 300_000;

/** Starts worker processes and stops them all, whatever happens. */
export class Workers {
  #processes = [];
  #execPath;

  constructor(execPath) {
    this.#execPath = execPath;
  }

  start() {
    const child = fork(workerFile, [], {
      execPath: this.#execPath,
      stdio: ['ignore', process.env.BENCH_DEBUG ? 'inherit' : 'ignore', 'inherit', 'ipc'],
    });
    this.#processes.push(child);
    const waiting = new Map();
    let nextId = 1;
    const worker = {
      onProgress: () => undefined,
      progress: (count) => child.send({ progress: count }),
      ask: (command, input) => {
        const id = nextId++;
        const answer = new Promise((resolve, reject) => waiting.set(id, { resolve, reject }));
        child.send({ id, command, input });
        return within(commandLimitMs, `'${command}'`, answer);
      },
    };
    child.on('message', (message) => {
      if (message.progress !== undefined) return worker.onProgress(message.progress);
      const request = waiting.get(message.id);
      if (request === undefined) return;
      waiting.delete(message.id);
      if (message.error === undefined) request.resolve(message.value);
      else request.reject(new Error(message.error));
    });
    child.on('exit', (code) => {
      for (const { reject } of waiting.values())
        reject(new Error(`a worker ended with code ${code}`));
    });
    return worker;
  }

  /** Lets every worker say goodbye, and ends those that take longer than two seconds. */
  async stop() {
    await Promise.all(
      this.#processes.map(async (child) => {
        if (child.exitCode !== null) return;
        const ended = new Promise((resolve) => child.once('exit', resolve));
        if (child.connected) child.send({ id: 0, command: 'close' });
        const timer = setTimeout(() => child.kill('SIGKILL'), 2_000);
        await ended;
        clearTimeout(timer);
      }),
    );
    this.#processes = [];
  }
}
