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
  return cell.find((dot) => dot.counter === counter && dot.writer === writer);
}

/** The cell with `dot` in it, in place of any dot of the same name. */
export function withDot<P>(cell: Cell<P> | undefined, dot: Dot<P>): Cell<P> {
  if (cell === undefined) return dot;
  if (cell instanceof Dot && sameDot(cell, dot)) return dot;
  const dots = dotsOf(cell).filter((other) => !sameDot(other, dot));
  return dots.length === 0 ? dot : [...dots, dot].sort(compareDots);
}

/** The cell without the dot of that name; undefined when none is left. */
export function withoutDot<P>(
  cell: Cell<P> | undefined,
  writer: string,
  counter: number,
): Cell<P> | undefined {
  if (cell instanceof Dot) {
    return cell.counter === counter && cell.writer === writer ? undefined : cell;
  }
  const left = dotsOf(cell).filter((dot) => dot.counter !== counter || dot.writer !== writer);
  return left.length > 1 ? left : left[0];
}

export function compareDots<P>(a: Dot<P>, b: Dot<P>): number {
  return a.writer < b.writer ? -1 : a.writer > b.writer ? 1 : a.counter - b.counter;
}

function sameDot<P>(a: Dot<P>, b: Dot<P>): boolean {
  return a.counter === b.counter && a.writer === b.writer;
}
