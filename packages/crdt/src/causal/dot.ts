/**
 * One event: the `counter`-th that `writer` ever made, and what it left. Dots are immutable and are
 * shared between states; what a dot carries never differs between replicas, or grows by joins.
 */
export class Dot<P> {
  readonly writer: string;
  readonly counter: number;
  readonly payload: P;

  constructor(writer: string, counter: number, payload: P) {
    this.writer = writer;
    this.counter = counter;
    this.payload = payload;
  }
}

/** The live dots of one key, hardly ever more than one; several stand in the order of `compareDots`. */
export type Cell<P> = Dot<P> | readonly Dot<P>[];

export function dotsOf<P>(cell: Cell<P> | undefined): readonly Dot<P>[] {
  return cell === undefined ? [] : cell instanceof Dot ? [cell] : cell;
}

/** The cell of these dots, which are in the order of `compareDots`; undefined when there are none. */
export function cellOf<P>(dots: readonly Dot<P>[]): Cell<P> | undefined {
  return dots.length > 1 ? dots : dots[0];
}

/** The dot of that name in the cell. */
export function findDot<P>(
  cell: Cell<P> | undefined,
  writer: string,
  counter: number,
): Dot<P> | undefined {
  if (cell === undefined) return undefined;
  if (cell instanceof Dot) {
    return cell.counter === counter && cell.writer === writer ? cell : undefined;
  }
  let low = 0;
  let high = cell.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const dot = cell[middle] as Dot<P>;
    if (dot.writer < writer || (dot.writer === writer && dot.counter < counter)) low = middle + 1;
    else high = middle;
  }
  const dot = cell[low];
  return dot?.counter === counter && dot.writer === writer ? dot : undefined;
}

export function compareDots<P>(a: Dot<P>, b: Dot<P>): number {
  return a.writer < b.writer ? -1 : a.writer > b.writer ? 1 : a.counter - b.counter;
}
