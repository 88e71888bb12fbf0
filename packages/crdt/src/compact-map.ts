/**
 * A Map that costs one small object while it holds a single entry, as nearly every delta does.
 * `undefined` is no value.
 */
export class CompactMap<K, V> implements Iterable<readonly [K, V]> {
  private key: K | undefined;
  private single: V | undefined;
  private many: Map<K, V> | undefined;

  constructor(key?: K, value?: V) {
    this.key = key;
    this.single = value;
    this.many = undefined;
  }

  get size(): number {
    return this.many !== undefined ? this.many.size : this.single !== undefined ? 1 : 0;
  }

  /** The key of a map that never grew beyond one entry; undefined for all others. Spares hot paths an iterator. */
  get soleKey(): K | undefined {
    return this.many === undefined && this.single !== undefined ? this.key : undefined;
  }

  get(key: K): V | undefined {
    if (this.many !== undefined) return this.many.get(key);
    return this.single !== undefined && this.key === key ? this.single : undefined;
  }

  set(key: K, value: V): void {
    if (this.many !== undefined) {
      this.many.set(key, value);
    } else if (this.single === undefined || this.key === key) {
      this.key = key;
      this.single = value;
    } else {
      this.many = new Map<K, V>([[this.key as K, this.single]]).set(key, value);
      this.key = undefined;
      this.single = undefined;
    }
  }

  delete(key: K): void {
    if (this.many !== undefined) {
      this.many.delete(key);
    } else if (this.key === key) {
      this.key = undefined;
      this.single = undefined;
    }
  }

  copy(): CompactMap<K, V> {
    const copy = new CompactMap<K, V>(this.key, this.single);
    if (this.many !== undefined) copy.many = new Map(this.many);
    return copy;
  }

  [Symbol.iterator](): Iterator<readonly [K, V]> {
    return this.entries()[Symbol.iterator]();
  }

  entries(): Iterable<readonly [K, V]> {
    if (this.many !== undefined) return this.many;
    return this.single === undefined ? [] : [[this.key as K, this.single]];
  }

  keys(): Iterable<K> {
    if (this.many !== undefined) return this.many.keys();
    return this.single === undefined ? [] : [this.key as K];
  }
}
