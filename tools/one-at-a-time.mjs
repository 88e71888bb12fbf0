// Lets one process of this machine at a time do what must not be done twice at once, such as writing `dist`.
// Built-ins only, as it is needed before anything is installed.
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const lookMs = 100;

/**
 * Does `work` while this process holds the lock file, and gives its result. Where another process holds it, says so by
 * `onWait`, once, and waits for it. The lock of a process that has ended is broken.
 */
export async function oneAtATime(lock, work, onWait) {
  let waiting = false;
  while (!taken(lock)) {
    const holder = holderOf(lock);
    if (holder !== undefined && !lives(holder)) {
      breakLock(lock, holder);
    } else if (holder !== undefined && !waiting) {
      waiting = true;
      onWait(holder);
    }
    await pause(lookMs);
  }
  try {
    return await work();
  } finally {
    rmSync(lock);
  }
}

/** Makes the lock with this process in it, both in one step, unless it is there. */
function taken(lock) {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  const done = linked(own, lock);
  rmSync(own);
  return done;
}

/** The process in the lock; undefined when it has just been released. */
function holderOf(lock) {
  try {
    return Number(readFileSync(lock, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Of all who find the lock left behind, one removes it; and never the lock that somebody has taken since. */
function breakLock(lock, holder) {
  const broken = `${lock}.broken`;
  if (!linked(lock, broken)) return;
  if (holderOf(broken) === holder) rmSync(lock);
  rmSync(broken);
}

/** Whether `to` is now another name of the file `from`; false where `to` exists, or `from` does not. */
function linked(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST' || error.code === 'ENOENT') return false;
    throw error;
  }
}
