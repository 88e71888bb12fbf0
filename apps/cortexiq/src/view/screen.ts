/** What a screen needs of a terminal. */
export interface Terminal {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

const hideCursor = '\u001b[?25l';
const showCursor = '\u001b[?25h';
const eraseToLineEnd = '\u001b[K';
const eraseBelow = '\u001b[J';
// The styles that Palette writes.
const styles = /\u001b\[\d+m/g;
const resetStyle = '\u001b[0m';

/**
 * Some lines at the bottom of a terminal that are redrawn in place. Each picture is written over the last one in a single
 * write, and nothing is erased first: that is what does not flicker.
 */
export class Screen {
  readonly #terminal: Terminal;
  #lines: readonly string[] = [];
  #open = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  draw(lines: readonly string[]): void {
    // A terminal that does not know its size says 0.
    const columns = this.#terminal.columns || 80;
    const rows = this.#terminal.rows || 24;
    const fitting = lines.slice(0, Math.max(rows - 1, 1)).map((line) => cut(line, columns - 1));
    this.#write(`${this.#open ? '' : hideCursor}${this.#home()}`, fitting);
    this.#open = true;
    this.#lines = fitting;
  }

  /** Writes a line above the picture; it stays when the picture changes. */
  note(text: string): void {
    this.#write(`${this.#home()}${text}${eraseToLineEnd}\n`, this.#lines);
  }

  /** Takes the picture away and gives the cursor back. Idempotent. */
  close(): void {
    if (this.#open) this.#terminal.write(`${this.#home()}${eraseBelow}${showCursor}`);
    this.#open = false;
    this.#lines = [];
  }

  #home(): string {
    return this.#lines.length === 0 ? '' : `\u001b[${this.#lines.length}A\r`;
  }

  #write(before: string, lines: readonly string[]): void {
    const picture = lines.map((line) => `${line}${eraseToLineEnd}\n`).join('');
    this.#terminal.write(`${before}${picture}${eraseBelow}`);
  }
}

/** The line's first `width` characters; styles take no room. */
function cut(line: string, width: number): string {
  if (line.replace(styles, '').length <= width) return line;
  let room = width;
  let kept = '';
  let at = 0;
  for (const style of line.matchAll(styles)) {
    const text = line.slice(at, Math.min(style.index, at + room));
    kept += text + style[0];
    room -= text.length;
    at = style.index + style[0].length;
    if (room <= 0) return kept + resetStyle;
  }
  return kept + line.slice(at, at + room) + resetStyle;
}
