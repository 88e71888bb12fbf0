import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The bundled data. */
export const dataFolder = fileURLToPath(new URL('../data', import.meta.url));

/** Sums lines of the bundled homes.csv, without any of the app's own code: some hours of these homes, or of all. */
export async function sumOfLines(
  { from = 0, hours }: { readonly from?: number; readonly hours: number },
  homes?: readonly string[],
): Promise<{ production: number; consumption: number }> {
  const lines = (await readFile(join(dataFolder, 'homes.csv'), 'utf8')).trim().split('\n').slice(1);
  let production = 0;
  let consumption = 0;
  for (const [hour, home, consumed, produced] of lines.map((line) => line.split(','))) {
    if (Number(hour) >= from + hours) break;
    if (Number(hour) < from) continue;
    if (homes !== undefined && !homes.includes(home ?? '')) continue;
    consumption += Number(consumed);
    production += Number(produced);
  }
  return { production, consumption };
}

/** The first homes of the bundled homes.json. */
export async function firstHomes(count: number): Promise<string[]> {
  const homes = JSON.parse(await readFile(join(dataFolder, 'homes.json'), 'utf8')) as {
    readonly id: string;
  }[];
  return homes.slice(0, count).map(({ id }) => id);
}
