import { readCsv } from './csv-table.ts';
import { DataFileError } from './data-file-error.ts';

/** What one home's meter showed, hour by hour: mean watts, which over an hour are as many watt-hours. */
export interface MeterSeries {
  readonly consumptionW: Int32Array;
  readonly productionW: Int32Array;
}

/** Above this a reading is no home's: 1 MW. It keeps sums over years of a thousand homes exact. */
export const maxReadingW = 1_000_000;

const columns = ['hour_index', 'home_id', 'consumption_w', 'production_w'] as const;

/**
 * Reads homes.csv: for every hour from 0 on, in order, one row for each home of the catalogue. Returns the
 * series in the catalogue's order. Throws DataFileError.
 */
export function readMeterReadings(
  file: string,
  text: string,
  homeIds: readonly string[],
): MeterSeries[] {
  const indexOf = new Map(homeIds.map((id, index) => [id, index]));
  const series = homeIds.map(() => ({ consumption: [] as number[], production: [] as number[] }));
  let hour = 0;
  let inHour = 0;
  const last = readCsv(file, text, columns, (row) => {
    const rowHour = row.whole('hour_index');
    if (inHour === homeIds.length) {
      hour++;
      inHour = 0;
    }
    if (rowHour !== hour) {
      const missing = homeIds[series.findIndex(({ production }) => production.length <= hour)];
      row.refuse(
        'hour_index',
        rowHour > hour
          ? `is ${rowHour} where hour ${hour} has no reading of ${missing} yet`
          : `is ${rowHour} after hour ${hour} has begun`,
      );
    }
    const id = row.text('home_id');
    const home = series[indexOf.get(id) ?? -1];
    if (home === undefined)
      return row.refuse('home_id', `${JSON.stringify(id)} is not in homes.json`);
    if (home.production.length > hour)
      row.refuse('home_id', `${id} is there twice in hour ${hour}`);
    home.consumption.push(watts('consumption_w'));
    home.production.push(watts('production_w'));
    inHour++;

    function watts(column: 'consumption_w' | 'production_w'): number {
      const value = row.whole(column);
      if (value > maxReadingW) row.refuse(column, `${value} W is more than ${maxReadingW} W`);
      return value;
    }
  });
  if (inHour !== homeIds.length) {
    const missing = homeIds[series.findIndex(({ production }) => production.length <= hour)];
    throw new DataFileError(
      { file, line: last },
      `the file ends before hour ${hour} has a reading of ${missing}: ${inHour} of ${homeIds.length} homes`,
    );
  }
  return series.map(({ consumption, production }) => ({
    consumptionW: Int32Array.from(consumption),
    productionW: Int32Array.from(production),
  }));
}
