import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataFileError } from './data-file-error.ts';
import { type GridHour, readGridSeries } from './grid-series.ts';
import { type CataloguedHome, readHomeCatalogue } from './home-catalogue.ts';
import { type MeterSeries, readMeterReadings } from './meter-readings.ts';

/** The measured year, or another one in the same format. */
export interface Dataset {
  readonly homes: readonly CataloguedHome[];
  /** One series for each of `homes`. */
  readonly meters: readonly MeterSeries[];
  readonly grid: readonly GridHour[];
  /** How many hours the series are long. */
  readonly hours: number;
}

/** Reads homes.json, homes.csv and grid.csv. Throws DataFileError, which says where the trouble is. */
export async function loadDataset(directory: string): Promise<Dataset> {
  const homes = await read(directory, 'homes.json', readHomeCatalogue);
  const grid = await read(directory, 'grid.csv', readGridSeries);
  const meters = await read(directory, 'homes.csv', (file, text) =>
    readMeterReadings(
      file,
      text,
      homes.map(({ id }) => id),
    ),
  );
  const hours = meters[0]?.productionW.length ?? 0;
  if (grid.length !== hours) {
    throw new DataFileError(
      { file: join(directory, 'grid.csv') },
      `describes ${grid.length} hours, homes.csv ${hours}; both must cover the same ones`,
    );
  }
  return { homes, meters, grid, hours };
}

async function read<T>(
  directory: string,
  name: string,
  parse: (file: string, text: string) => T,
): Promise<T> {
  const file = join(directory, name);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new DataFileError({ file }, `cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return parse(file, text);
}
