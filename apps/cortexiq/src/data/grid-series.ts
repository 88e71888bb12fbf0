import { readCsv } from './csv-table.ts';

/** What the grid was like in one hour. */
export interface GridHour {
  /** Time-of-use tariff, USD per kWh. */
  readonly priceUsdPerKwh: number;
  /** Carbon intensity of the grid's electricity, kg per kWh. */
  readonly carbonKgPerKwh: number;
  /** Outdoor temperature, degrees Celsius. */
  readonly outdoorC: number;
  /** Diffuse and direct solar irradiance, W per square metre. */
  readonly diffuseWM2: number;
  readonly directWM2: number;
}

const columns = [
  'hour_index',
  'price_usd_per_kwh',
  'carbon_kg_per_kwh',
  'outdoor_c',
  'diffuse_w_m2',
  'direct_w_m2',
] as const;

/** Reads grid.csv: one row an hour, from hour 0 on, none left out. Throws DataFileError. */
export function readGridSeries(file: string, text: string): GridHour[] {
  const hours: GridHour[] = [];
  readCsv(file, text, columns, (row) => {
    const hour = row.whole('hour_index');
    if (hour !== hours.length) {
      row.refuse('hour_index', `is ${hour} where hour ${hours.length} is next`);
    }
    hours.push({
      priceUsdPerKwh: row.quantity('price_usd_per_kwh'),
      carbonKgPerKwh: row.quantity('carbon_kg_per_kwh'),
      outdoorC: row.number('outdoor_c'),
      diffuseWM2: row.quantity('diffuse_w_m2'),
      directWM2: row.quantity('direct_w_m2'),
    });
  });
  return hours;
}
