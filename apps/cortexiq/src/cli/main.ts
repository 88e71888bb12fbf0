import { MaculaError } from '@macula/core';
import { CommanderError } from 'commander';
import { DataFileError } from '../data/data-file-error.ts';
import { loadDataset } from '../data/dataset.ts';
import { UnfitOptionError } from '../runner/demo-error.ts';
import { runDemo } from '../runner/run-demo.ts';
import { jsonReport } from '../view/json-report.ts';
import { type DemoView, silentView } from '../view/demo-view.ts';
import { liveTable } from '../view/live-table.ts';
import { type Palette, paletteFor } from '../view/palette.ts';
import { progressLines } from '../view/progress-lines.ts';
import type { Terminal } from '../view/screen.ts';
import { summary } from '../view/summary.ts';
import { type CommandLine, parseOptions } from './parse-options.ts';

/** What the demo needs of its process. */
export interface DemoHost {
  readonly stdout: Terminal & { readonly isTTY?: boolean };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Node's own flags; the processes to start get the same. */
  readonly execArgv: readonly string[];
  once(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/** The first of Ctrl-C and SIGTERM ends the demo in order. */
class Interrupted extends Error {
  readonly exitCode: number;

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`interrupted by ${signal}`);
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}

/**
 * The command. Resolves with the exit code: 0 when the demo ran and its totals are those of the data, 1 when not, 2 for options
 * or data that cannot be used, 130 and 143 for Ctrl-C and SIGTERM.
 */
export async function main(args: readonly string[], host: DemoHost): Promise<number> {
  const interrupted = new AbortController();
  const interrupt = (signal: 'SIGINT' | 'SIGTERM') => (): void =>
    interrupted.abort(new Interrupted(signal));
  const onInterrupt = interrupt('SIGINT');
  const onTerminate = interrupt('SIGTERM');
  host.once('SIGINT', onInterrupt);
  host.once('SIGTERM', onTerminate);
  try {
    const options = parseOptions(args);
    const dataset = await loadDataset(options.data);
    const terminal = host.stdout.isTTY === true && host.env['TERM'] !== 'dumb';
    const palette = paletteFor(terminal, host.env);
    const view = viewFor(options, terminal, palette, host);
    const result = await runDemo(dataset, options, {
      view,
      signal: interrupted.signal,
      execArgv: host.execArgv,
    });
    const report = options.json
      ? `${JSON.stringify(jsonReport(result), null, 2)}\n`
      : summary(result, palette);
    host.stdout.write(report);
    return 0;
  } catch (error) {
    return explain(error, host);
  } finally {
    host.off('SIGINT', onInterrupt);
    host.off('SIGTERM', onTerminate);
  }
}

function viewFor(
  { json }: CommandLine,
  terminal: boolean,
  palette: Palette,
  { stdout }: DemoHost,
): DemoView {
  if (json) return silentView;
  return terminal ? liveTable(stdout, palette) : progressLines((text) => stdout.write(text));
}

function explain(error: unknown, host: DemoHost): number {
  // Commander has written what it has to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof Interrupted) {
    host.stderr.write(`\n${error.message}; all processes are stopped\n`);
    return error.exitCode;
  }
  const expected = error instanceof MaculaError;
  host.stderr.write(`${expected ? error.message : String((error as Error).stack)}\n`);
  return error instanceof DataFileError || error instanceof UnfitOptionError ? 2 : 1;
}
