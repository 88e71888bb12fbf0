import { type FileHandle, link, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { types } from 'node:util';
import type { Random } from '@macula/core';
import { DamagedIdentityError, ExposedKeyError, IdentityStorageError } from './errors.ts';

/** The files of an identity. */
export type IdentityFile = 'node-key.pem' | 'node-certificate.pem';

/** Larger files are not read: a key has 250 bytes, a certificate chain a few thousand. */
const largestFile = 65_536;
const othersCanRead = 0o077;
const othersCanWrite = 0o022;
/** Windows has access lists, not modes. */
const hasModes = process.platform !== 'win32';

/**
 * The directory that keeps a node's key and certificate. Writes are atomic: a reader, or a start after
 * a crash, finds a whole file or none. Throws IdentityStorageError where the file system refuses.
 */
export class IdentityDirectory {
  readonly path: string;
  readonly #random: Random;

  /** `random` names temporary files. */
  constructor(path: string, random: Random) {
    this.path = path;
    this.#random = random;
  }

  pathOf(file: IdentityFile): string {
    return join(this.path, file);
  }

  /** Makes the directory (mode 0700) where it is missing. Throws ExposedKeyError when others may write in it. */
  async prepare(): Promise<void> {
    const { mode } = await this.#attempt('make', this.path, async () => {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
      return stat(this.path);
    });
    if (hasModes && (mode & othersCanWrite) !== 0) {
      throw new ExposedKeyError(
        `others may write in ${this.path} (mode ${modeText(mode)}) and replace the node's key: run chmod 700 ${quoted(this.path)}`,
      );
    }
  }

  /** The text of a file; undefined when there is none. Throws ExposedKeyError when others may read the key, DamagedIdentityError when the file is far too large. */
  async read(file: IdentityFile): Promise<string | undefined> {
    const path = this.pathOf(file);
    return this.#attempt('read', path, async () => {
      const handle = await openExisting(path);
      if (handle === undefined) return undefined;
      try {
        const { mode, size } = await handle.stat();
        if (hasModes && file === 'node-key.pem' && (mode & othersCanRead) !== 0) {
          throw new ExposedKeyError(
            `others may read the node's private key ${path} (mode ${modeText(mode)}): run chmod 600 ${quoted(path)}`,
          );
        }
        if (size > largestFile) {
          throw new DamagedIdentityError(`${path} has ${size} bytes: it is not a PEM file`);
        }
        return await handle.readFile('utf8');
      } finally {
        await handle.close();
      }
    });
  }

  /**
   * Writes a file unless it exists, and gives the text that then stands in it: of several processes that
   * start in one empty directory the first decides, since link(2) fails for all others.
   */
  async create(file: IdentityFile, text: string): Promise<string> {
    const path = this.pathOf(file);
    const created = await this.#attempt('write', path, () =>
      this.#withTemporary(file, text, async (temporary) => {
        try {
          await link(temporary, path);
          return true;
        } catch (error) {
          if (isCode(error, 'EEXIST')) return false;
          throw error;
        }
      }),
    );
    const standing = created ? text : await this.read(file);
    if (standing === undefined) {
      throw new IdentityStorageError(
        `${path} exists and yet cannot be found: is it a link to a file that is gone?`,
      );
    }
    return standing;
  }

  /** Writes a file, in the place of the one that was there. */
  async replace(file: IdentityFile, text: string): Promise<void> {
    const path = this.pathOf(file);
    await this.#attempt('write', path, () =>
      this.#withTemporary(file, text, (temporary) => rename(temporary, path)),
    );
  }

  async #withTemporary<T>(
    file: IdentityFile,
    text: string,
    publish: (temporary: string) => Promise<T>,
  ): Promise<T> {
    // The process ID keeps apart processes whose randomness is seeded alike.
    const suffix = Buffer.from(this.#random.bytes(8)).toString('hex');
    const temporary = join(this.path, `.${file}.${process.pid}.${suffix}`);
    try {
      const handle = await open(temporary, 'wx', 0o600);
      try {
        await handle.writeFile(text);
        await handle.sync();
      } finally {
        await handle.close();
      }
      const result = await publish(temporary);
      await this.#syncDirectory();
      return result;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** The new name itself is on disk only when its directory is. */
  async #syncDirectory(): Promise<void> {
    if (!hasModes) return;
    const handle = await open(this.path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async #attempt<T>(verb: string, path: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (cause) {
      if (!isSystemError(cause)) throw cause;
      throw new IdentityStorageError(`cannot ${verb} ${path}: ${cause.message}`, { cause });
    }
  }
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return types.isNativeError(error) && 'syscall' in error;
}

function isCode(error: unknown, code: string): boolean {
  return isSystemError(error) && error.code === code;
}

function modeText(mode: number): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}

/** A path as it can be pasted into a shell. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}
