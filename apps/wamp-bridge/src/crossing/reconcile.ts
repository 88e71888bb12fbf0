/** Something that is in place for as long as it is wanted. */
export interface Placed {
  /** False while it is only asked for. Default true. */
  readonly inPlace?: boolean;
  end(): Promise<unknown>;
}

/**
 * Keeps what is in place in step with what is wanted: puts in place what is new, then ends what is wanted no more, so that
 * nothing is missed where one thing replaces another.
 */
export class Reconciler<T> {
  readonly #place: (wanted: T, isCurrent: () => boolean) => Promise<Placed> | Placed;
  readonly #placed = new Map<
    string,
    { readonly value: T; placed: Promise<Placed>; there: Placed | undefined; current: boolean }
  >();

  constructor(place: (wanted: T, isCurrent: () => boolean) => Promise<Placed> | Placed) {
    this.#place = place;
  }

  /** What is in place; not what is only asked for yet. */
  get values(): T[] {
    return [...this.#placed.values()]
      .filter(({ there }) => there !== undefined && there.inPlace !== false)
      .map(({ value }) => value);
  }

  /** Resolves when all is as wanted; failures of single things are the business of `place`. */
  async want(wanted: ReadonlyMap<string, T>): Promise<void> {
    const added: Promise<Placed>[] = [];
    for (const [key, value] of wanted) {
      if (this.#placed.has(key)) continue;
      const entry = {
        ...{ value, current: true, there: undefined as Placed | undefined },
        placed: undefined as unknown as Promise<Placed>,
      };
      entry.placed = Promise.resolve(this.#place(value, () => entry.current));
      void entry.placed.then(
        (placed) => (entry.there = placed),
        () => undefined,
      );
      this.#placed.set(key, entry);
      added.push(entry.placed);
    }
    const dropped = [...this.#placed].filter(([key]) => !wanted.has(key));
    for (const [key] of dropped) this.#placed.delete(key);
    await Promise.allSettled(added);
    await Promise.allSettled(
      dropped.map(async ([, entry]) => {
        // From here on the one that takes over delivers.
        entry.current = false;
        await (await entry.placed).end();
      }),
    );
  }

  async close(): Promise<void> {
    await this.want(new Map());
  }
}
