import { InvalidArgumentError, type Random } from '@macula/core';

/** A reproducible source of randomness: the same seed gives the same sequence on every machine. */
export interface SeededRandom extends Random {
  /** A new source, independent of what is drawn here afterwards: give each node its own, and one node's draws do not shift another's. */
  fork(): SeededRandom;
}

/**
 * Random numbers from a seed (an integer; its lower 32 bits count). Generator: xoshiro128** 1.1 by
 * Blackman and Vigna ("Scrambled linear pseudorandom number generators", ACM TOMS 47(4), 2021;
 * prng.di.unimi.it), state filled from the seed by SplitMix32 (Steele, Lea and Flood, "Fast
 * splittable pseudorandom number generators", OOPSLA 2014, with MurmurHash3's finalizer). Not for secrets.
 */
export function seededRandom(seed: number): SeededRandom {
  if (!Number.isSafeInteger(seed)) {
    throw new InvalidArgumentError(`a seed must be a safe integer, got ${seed}`);
  }
  return new Xoshiro128(seed);
}

class Xoshiro128 implements SeededRandom {
  private s0: number;
  private s1: number;
  private s2: number;
  private s3: number;

  constructor(seed: number) {
    const fill = splitMix32(seed);
    this.s0 = fill();
    this.s1 = fill();
    this.s2 = fill();
    this.s3 = fill();
  }

  next(): number {
    const high = this.draw() >>> 5;
    const low = this.draw() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  integer(below: number): number {
    if (!Number.isSafeInteger(below) || below < 1) {
      throw new InvalidArgumentError(`integer() needs a positive safe integer, got ${below}`);
    }
    if (below > 0x100000000) return Math.floor(this.next() * below);
    // Draws from the incomplete last interval are thrown away, so that all results are equally likely.
    const fair = 0x100000000 - (0x100000000 % below);
    let drawn = this.draw();
    while (drawn >= fair) drawn = this.draw();
    return drawn % below;
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i += 4) {
      const drawn = this.draw();
      for (let j = i; j < Math.min(i + 4, length); j++) bytes[j] = drawn >>> ((j - i) * 8);
    }
    return bytes;
  }

  fork(): SeededRandom {
    return new Xoshiro128(this.draw());
  }

  /** 32 random bits as an unsigned integer. */
  private draw(): number {
    const { s1 } = this;
    const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
    this.s2 ^= this.s0;
    this.s3 ^= s1;
    this.s1 = s1 ^ this.s2;
    this.s0 ^= this.s3;
    this.s2 ^= s1 << 9;
    this.s3 = rotateLeft(this.s3, 11);
    return result;
  }
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function splitMix32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return mixed ^ (mixed >>> 16);
  };
}
