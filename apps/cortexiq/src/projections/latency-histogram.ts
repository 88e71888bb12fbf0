/** Each bucket is 2 % wider than the one before. */
const growth = 1.02;
const smallestMs = 0.001;
/** Up to about 65 s; whatever took longer counts there. */
const buckets = 910;

/** Percentiles of delivery times in constant space, exact to 2 %. */
export class LatencyHistogram {
  readonly #counts = new Uint32Array(buckets);
  #total = 0;
  #max = 0;

  add(ms: number): void {
    const place = Math.ceil(Math.log(Math.max(ms, smallestMs) / smallestMs) / Math.log(growth));
    const bucket = Math.min(place, buckets - 1);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#total++;
    this.#max = Math.max(this.#max, ms);
  }

  /** The largest time, milliseconds; 0 without any. */
  get max(): number {
    return this.#max;
  }

  /** The time that `share` (0 to 1) of all were no slower than, milliseconds; 0 without any. */
  percentile(share: number): number {
    const rank = Math.ceil(this.#total * share);
    let seen = 0;
    for (let bucket = 0; bucket < buckets && rank > 0; bucket++) {
      seen += this.#counts[bucket] as number;
      if (seen >= rank) return Math.min(smallestMs * growth ** bucket, this.#max);
    }
    return this.#max;
  }
}
