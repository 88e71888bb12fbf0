/** Colours of a terminal, or none. */
export interface Palette {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
}

const plain = (text: string): string => text;
const styled =
  (on: number, off: number) =>
  (text: string): string =>
    `\u001b[${on}m${text}\u001b[${off}m`;

/** For a terminal, unless `NO_COLOR` is set to anything (https://no-color.org). */
export function paletteFor(
  isTerminal: boolean,
  env: Readonly<Record<string, string | undefined>>,
): Palette {
  const colourless = !isTerminal || (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  if (colourless) return { bold: plain, dim: plain, green: plain, yellow: plain };
  return { bold: styled(1, 22), dim: styled(2, 22), green: styled(32, 39), yellow: styled(33, 39) };
}
