import { MaculaError } from '@macula/core';

/** Where in a data file something is wrong; lines and characters count from 1. */
export interface FilePosition {
  readonly file: string;
  readonly line?: number;
  /** Character in the line, as editors count. */
  readonly character?: number;
  /** Name of the column in a table, or path of the field in a JSON file. */
  readonly field?: string;
}

/** A data file does not hold what its format asks; the message begins with `file:line:character`, as compilers write it. */
export class DataFileError extends MaculaError {
  readonly code = 'cortexiq.data_file';
  readonly position: FilePosition;

  constructor(position: FilePosition, problem: string, options?: { cause?: unknown }) {
    super(`${written(position)}: ${problem}`, options);
    this.position = position;
  }
}

function written({ file, line, character, field }: FilePosition): string {
  const place = [file, line, character].filter((part) => part !== undefined).join(':');
  return field === undefined ? place : `${place}: ${field}`;
}
