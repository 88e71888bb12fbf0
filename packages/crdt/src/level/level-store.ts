import type { ClassicLevel } from 'classic-level';
import { StoreFailedError } from '../errors.ts';
import type { Store, StoreBatch } from '../replication/store.ts';

/**
 * A store in a LevelDB directory, created when there is none; needs the package `classic-level`. Every batch is one write to
 * LevelDB's log, synchronized to disk before it counts as written. One process at a time may have
 * the directory open. Throws StoreFailedError when it cannot be opened, or that package does not load.
 */
export async function createLevelStore(directory: string): Promise<Store> {
  const { ClassicLevel } = await classicLevel();
  const level = new ClassicLevel<string, Uint8Array>(directory, {
    keyEncoding: 'utf8',
    valueEncoding: 'view',
  });
  try {
    await level.open();
  } catch (error) {
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new StoreFailedError(
      `${directory} cannot be opened as a store: ${String(reason)}; perhaps another process uses it`,
      { cause: error },
    );
  }
  return new LevelStore(level);
}

/** Loaded only when it is used: who keeps replicas elsewhere does not install it. */
async function classicLevel(): Promise<typeof import('classic-level')> {
  try {
    return await import('classic-level');
  } catch (cause) {
    throw new StoreFailedError(
      `a store in a directory needs the package classic-level, which does not load: npm install classic-level (${String(cause)})`,
      { cause },
    );
  }
}

class LevelStore implements Store {
  private readonly level: ClassicLevel<string, Uint8Array>;
  private closing: Promise<void> | undefined;

  constructor(level: ClassicLevel<string, Uint8Array>) {
    this.level = level;
  }

  async *read(prefix: string): AsyncIterable<readonly [string, Uint8Array]> {
    for await (const [key, value] of this.level.iterator({ gte: prefix })) {
      if (!key.startsWith(prefix)) return;
      yield [key, value];
    }
  }

  write({ put, remove }: StoreBatch): Promise<void> {
    const changes = [
      ...put.map(([key, value]) => ({ type: 'put' as const, key, value })),
      ...remove.map((key) => ({ type: 'del' as const, key })),
    ];
    return this.level.batch(changes, { sync: true });
  }

  close(): Promise<void> {
    return (this.closing ??= this.level.close());
  }
}
