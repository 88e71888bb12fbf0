import type { Store } from './store.ts';

/** A store that lasts as long as the object does: for tests, and to see what a replica would keep. */
export function createMemoryStore(): Store {
  const entries = new Map<string, Uint8Array>();
  return {
    async *read(prefix) {
      const keys = [...entries.keys()].filter((key) => key.startsWith(prefix)).sort();
      for (const key of keys) {
        const value = entries.get(key);
        if (value !== undefined) yield [key, value];
      }
    },

    write({ put, remove }) {
      for (const [key, value] of put) entries.set(key, Uint8Array.from(value));
      for (const key of remove) entries.delete(key);
      return Promise.resolve();
    },

    close: () => Promise.resolve(),
  };
}
