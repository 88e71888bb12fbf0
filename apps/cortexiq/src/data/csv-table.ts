import { CsvError, parse } from 'csv-parse/sync';
import { characterOfField } from './character-of-field.ts';
import { DataFileError } from './data-file-error.ts';

/** One row of a table, to be read column by column. Valid only while it is handed out. */
export interface CsvRow<Column extends string> {
  readonly line: number;
  text(column: Column): string;
  /** A number without sign, in decimal or scientific notation. */
  quantity(column: Column): number;
  /** A number that may be negative, such as a temperature. */
  number(column: Column): number;
  /** A number without sign and without fraction. */
  whole(column: Column): number;
  /** Refuses the row because of what stands in `column`. */
  refuse(column: Column, problem: string): never;
}

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * Reads a CSV text (RFC 4180; a byte order mark, CRLF and empty lines are fine) and hands each row to `onRow`.
 * Columns are found by their names in the first line, in any order; others are ignored.
 * Throws DataFileError, with line and character, for whatever is missing or cannot be read. Returns the last row's line.
 */
export function readCsv<Column extends string>(
  file: string,
  text: string,
  columns: readonly Column[],
  onRow: (row: CsvRow<Column>) => void,
): number {
  const row = new Row<Column>(file, columns);
  let header = false;
  try {
    parse(text, {
      bom: true,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
      raw: true,
      // The hook sees each record as it is read; nothing is collected.
      on_record: (_record, { lines, raw }) => {
        const fields = (_record as unknown as { record: string[] }).record;
        if (header) onRow(row.at(lines, raw ?? '', fields));
        else row.header(lines, fields);
        header = true;
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = (error as { lines?: number }).lines;
    throw new DataFileError(
      { file, ...(line !== undefined && { line }) },
      `no valid CSV: ${error.message}`,
      { cause: error },
    );
  }
  if (!header) throw new DataFileError({ file, line: 1 }, 'the file is empty');
  return row.line;
}

class Row<Column extends string> implements CsvRow<Column> {
  readonly #file: string;
  readonly #columns: readonly Column[];
  readonly #index = new Map<string, number>();
  #width = 0;
  #raw = '';
  #fields: readonly string[] = [];
  line = 0;

  constructor(file: string, columns: readonly Column[]) {
    this.#file = file;
    this.#columns = columns;
  }

  header(line: number, fields: readonly string[]): void {
    this.line = line;
    this.#width = fields.length;
    fields.forEach((name, index) => this.#index.set(name.trim(), index));
    const missing = this.#columns.filter((name) => !this.#index.has(name));
    if (missing.length === 0) return;
    throw new DataFileError(
      { file: this.#file, line },
      `missing column ${missing.join(', ')}; the first line must name ${this.#columns.join(', ')}`,
    );
  }

  at(line: number, raw: string, fields: readonly string[]): this {
    this.line = line;
    this.#raw = raw;
    this.#fields = fields;
    if (fields.length !== this.#width) {
      throw new DataFileError(
        { file: this.#file, line, character: characterOfField(raw, fields.length) },
        `${fields.length} fields where the first line names ${this.#width}`,
      );
    }
    return this;
  }

  text(column: Column): string {
    const value = (this.#fields[this.#index.get(column) ?? -1] ?? '').trim();
    if (value === '') this.refuse(column, 'is empty');
    return value;
  }

  number(column: Column): number {
    const value = this.text(column);
    if (!decimal.test(value)) this.refuse(column, `is not a number: ${JSON.stringify(value)}`);
    const number = Number(value);
    if (!Number.isFinite(number)) this.refuse(column, `is too large: ${value}`);
    return number;
  }

  quantity(column: Column): number {
    const value = this.number(column);
    if (value < 0) this.refuse(column, `is negative: ${value}`);
    return value;
  }

  whole(column: Column): number {
    const value = this.quantity(column);
    if (!Number.isSafeInteger(value)) this.refuse(column, `is not a whole number: ${value}`);
    return value;
  }

  refuse(column: Column, problem: string): never {
    const character = characterOfField(this.#raw, this.#index.get(column) ?? 0);
    throw new DataFileError(
      { file: this.#file, line: this.line, character, field: column },
      problem,
    );
  }
}
