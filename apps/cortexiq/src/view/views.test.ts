import { describe, expect, it } from '@jest/globals';
import { someResult } from '../../test/snapshot.ts';
import { jsonReport } from './json-report.ts';
import { liveTable, tableLines } from './live-table.ts';
import { paletteFor } from './palette.ts';
import { progressLines } from './progress-lines.ts';
import { Screen } from './screen.ts';
import { summary } from './summary.ts';

const plain = paletteFor(false, {});
const coloured = paletteFor(true, {});
const escape = '\u001b';

/** A terminal that does what the few sequences ask, and shows what a person would see. */
class FakeTerminal {
  readonly columns: number;
  readonly rows = 40;
  readonly writes: string[] = [];
  #lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns = 100) {
    this.columns = columns;
  }

  get picture(): string {
    return this.#lines.join('\n').trimEnd();
  }

  write(text: string): void {
    this.writes.push(text);
    for (const [part] of text.matchAll(/\u001b\[[?0-9]*[a-zA-Z]|[^\u001b]/gu)) this.#take(part);
  }

  #take(part: string): void {
    const line = this.#lines[this.#row] ?? '';
    if (part === '\n') {
      this.#row++;
      this.#column = 0;
      this.#lines[this.#row] ??= '';
    } else if (part === '\r') this.#column = 0;
    else if (part.endsWith('A')) this.#row -= Number(part.slice(2, -1));
    else if (part.endsWith('K')) this.#lines[this.#row] = line.slice(0, this.#column);
    else if (part.endsWith('J')) {
      this.#lines[this.#row] = line.slice(0, this.#column);
      this.#lines.length = this.#row + 1;
    } else if (!part.startsWith(escape)) {
      this.#lines[this.#row] = line.slice(0, this.#column) + part + line.slice(this.#column + 1);
      this.#column++;
    }
  }
}

describe('the screen', () => {
  it('draws over its last picture, and leaves no rest of it', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(['one long line', 'two', 'three']);
    screen.draw(['short', 'two']);
    expect(terminal.picture).toBe('short\ntwo');
  });

  it('keeps notes above the picture', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.note('before');
    screen.draw(['picture', 'of two lines']);
    screen.note('meanwhile, a longer line');
    screen.draw(['picture 2', 'of two lines']);
    expect(terminal.picture).toBe('before\nmeanwhile, a longer line\npicture 2\nof two lines');
  });

  it('does not flicker: one write for each picture, and nothing erased before it is overwritten', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.draw(['a', 'b']);
    screen.draw(['c', 'd']);
    expect(terminal.writes).toHaveLength(2);
    expect(terminal.writes[1]).toMatch(/^\u001b\[2A\rc\u001b\[K\nd\u001b\[K\n\u001b\[J$/);
  });

  it('cuts lines that are too wide, counting no styles', () => {
    const terminal = new FakeTerminal(11);
    const screen = new Screen(terminal);
    screen.draw([
      coloured.green('0123456789'),
      `${coloured.bold('01234')}56789abc`,
      'x'.repeat(20),
    ]);
    expect(terminal.picture).toBe('0123456789\n0123456789\nxxxxxxxxxx');
  });

  it('believes no terminal that says it has no size', () => {
    const terminal = new FakeTerminal(0);
    new Screen(terminal).draw(['a line']);
    expect(terminal.picture).toBe('a line');
  });

  it('goes, and gives the cursor back, once', () => {
    const terminal = new FakeTerminal();
    const screen = new Screen(terminal);
    screen.close();
    screen.draw(['a']);
    screen.close();
    screen.close();
    expect(terminal.writes.filter((text) => text.includes('[?25h'))).toHaveLength(1);
    expect(terminal.writes[0]).toContain('[?25l');
    expect(terminal.picture).toBe('');
  });
});

describe('colours', () => {
  it.each<[boolean, Record<string, string>, boolean]>([
    [true, {}, true],
    [true, { NO_COLOR: '' }, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
  ])('on a terminal: %s, with %j: %s', (terminal, env, used) => {
    expect(paletteFor(terminal, env).bold('x').includes(escape)).toBe(used);
  });
});

describe('the live table', () => {
  it('shows time, totals, tariff, contracts, messages and delivery times', () => {
    const text = tableLines(someResult(), plain).join('\n');
    for (const part of [
      '1 Aug 22:00',
      'hour 24 of 24',
      '$0.54/kWh',
      '241 g CO2/kWh',
      '1,234.6 kWh',
      '-$1.50',
      'instead of $400.25',
      'Steady State 5 · Flat Twelve 4 · unknown 3 · Day & Night 2 · others 2',
      '750/s, 1,500 in all',
      'p50 0.50 ms, p99 2.25 ms',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).not.toContain(escape);
  });

  it('lives on a terminal', () => {
    const terminal = new FakeTerminal();
    const view = liveTable(terminal, coloured);
    view.note('Starting');
    view.show(someResult());
    view.show(someResult());
    expect(terminal.picture.match(/Produced/g)).toHaveLength(1);
    view.close();
    expect(terminal.picture).toBe('Starting');
  });
});

describe('where there is no terminal', () => {
  it('there is one plain line for each hour', () => {
    let text = '';
    const view = progressLines((more) => (text += more));
    view.note('Starting');
    view.show(someResult({ totals: { ...someResult().totals, hour_index: null } }));
    view.show(someResult());
    view.show(someResult());
    view.close();
    expect(text.split('\n')).toEqual([
      'Starting',
      '24/24 h | 1 Aug 22:00 | tariff $0.54/kWh | produced 30.0 kWh | consumed 1,234.6 kWh | ' +
        'contracts 7 | 750 messages/s | p50 0.50 ms, p99 2.25 ms',
      '',
    ]);
  });
});

describe('the end', () => {
  it('is a summary for people', () => {
    const text = summary(someResult(), plain);
    expect(text).toContain('2 homes, 24 hours, in 3 processes and 2.0 s');
    expect(text).toContain('48 published, 48 received, 0 twice');
    expect(text).toContain('30,000 Wh produced, 1,234,567 Wh consumed');
  });

  it('is an object for programs', () => {
    expect(jsonReport(someResult())).toMatchObject({
      hours: 24,
      homes: 2,
      speed: 1,
      measurements_published: 48,
      measurements_received: 48,
      duplicates: 0,
      production_wh: 30_000,
      consumption_wh: 1_234_567,
      latency_ms: { p50: 0.5, p90: 1, p99: 2.25, max: 3 },
      messages_per_second: 750,
      processes: 3,
    });
  });
});
