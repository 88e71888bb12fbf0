/** A source of randomness. The system's is cryptographic; tests hand in seeded ones. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [0, `below`). `below` must be a positive safe integer. */
  integer(below: number): number;
  /** `length` fresh random bytes. */
  bytes(length: number): Uint8Array;
}
