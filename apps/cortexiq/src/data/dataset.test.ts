import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DataFileError } from './data-file-error.ts';
import { type Dataset, loadDataset } from './dataset.ts';
import { directSum } from './direct-sum.ts';
import { homeProfiles } from './home-scaling.ts';

const bundled = fileURLToPath(new URL('../../data', import.meta.url));
let directory: string;
let dataset: Dataset;

beforeAll(async () => {
  dataset = await loadDataset(bundled);
});

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cortexiq-'));
  await cp(bundled, directory, { recursive: true });
});

afterEach(() => rm(directory, { recursive: true }));

describe('the bundled data', () => {
  it('is a year of 14 homes', () => {
    expect([dataset.hours, dataset.homes.length, dataset.grid.length]).toEqual([8_760, 14, 8_760]);
  });

  it('sums up to what adding the lines of the file gives', async () => {
    const lines = (await readFile(join(bundled, 'homes.csv'), 'utf8')).trim().split('\n').slice(1);
    let production = 0;
    let consumption = 0;
    for (const line of lines) {
      const [hour, , consumed, produced] = line.split(',').map(Number) as number[];
      if (hour! < 100 || hour! >= 150) continue;
      consumption += consumed!;
      production += produced!;
    }
    expect(directSum(dataset, homeProfiles(dataset, 14), 100, 50)).toEqual({
      measurements: 14 * 50,
      productionWh: production,
      consumptionWh: consumption,
    });
  });
});

describe('data from elsewhere', () => {
  it('is refused when a file is missing', async () => {
    await rm(join(directory, 'grid.csv'));
    await expect(loadDataset(directory)).rejects.toThrow(/grid\.csv: cannot be read: ENOENT/);
  });

  it('is refused when the grid is described for other hours than the homes', async () => {
    const file = join(directory, 'grid.csv');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.trimEnd().split('\n').slice(0, -1).join('\n'));
    await expect(loadDataset(directory)).rejects.toThrow(
      /grid\.csv: describes 8759 hours, homes\.csv 8760/,
    );
  });

  it.each([
    ['5,0.22', '6,0.22', /grid\.csv:7:1: hour_index: is 6 where hour 5 is next/],
    ['5,0.22', '5,cheap', /grid\.csv:7:3: price_usd_per_kwh: is not a number: "cheap"/],
    ['5,0.22', '5,-0.22', /grid\.csv:7:3: price_usd_per_kwh: is negative: -0.22/],
  ])('is refused when %s became %s', async (from, to, message) => {
    const file = join(directory, 'grid.csv');
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace(`\n${from}`, `\n${to}`));
    const loading = loadDataset(directory);
    await expect(loading).rejects.toThrow(DataFileError);
    await expect(loading).rejects.toThrow(message);
  });
});
