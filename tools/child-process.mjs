// Runs commands for the checks in this folder: with a time limit, and without leaving processes behind.
import { spawn } from 'node:child_process';

/**
 * Runs a command to its end and gives `{ ok, output, stdout, seconds }`: whether the exit code was 0, stdout and
 * stderr as they came, and stdout alone. After `limit` seconds the command and all it started are killed, and `ok` is false.
 */
export function run(command, args, { cwd, env = {}, limit }) {
  const started = performance.now();
  return new Promise((resolve) => {
    const chunks = [];
    const answers = [];
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that all of it can be killed.
      detached: process.platform !== 'win32',
    });
    const timer = setTimeout(() => {
      chunks.push(Buffer.from(`\nstopped: it took longer than ${limit} s\n`));
      kill(child);
    }, limit * 1000);
    child.stdout.on('data', (chunk) => {
      chunks.push(chunk);
      answers.push(chunk);
    });
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', (error) => chunks.push(Buffer.from(`${error.message}\n`)));
    child.on('close', (code) => {
      clearTimeout(timer);
      kill(child);
      const seconds = (performance.now() - started) / 1000;
      const [output, stdout] = [chunks, answers].map((all) => Buffer.concat(all).toString('utf8'));
      resolve({ ok: code === 0, output, stdout, seconds });
    });
  });
}

function kill(child) {
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

/** Prints one line per check, and the output of those that failed; gives whether all passed. */
export function report(results) {
  for (const { name, ok, output, seconds } of results) {
    console.log(`${ok ? 'pass' : 'FAIL'}  ${name}  (${seconds.toFixed(1)} s)`);
    if (!ok) console.log(output.replace(/^/gm, '      '));
  }
  const failed = results.filter(({ ok }) => !ok).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  return failed === 0;
}
