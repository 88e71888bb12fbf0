import { z } from 'zod';
import { DataFileError } from './data-file-error.ts';

/** A real home: its solar plant and battery. */
export interface CataloguedHome {
  readonly id: string;
  /** Peak power of the solar plant, kW. */
  readonly pvKw: number;
  /** Capacity of the battery, kWh. */
  readonly batteryKwh: number;
  /** Power that the battery takes and gives, kW. */
  readonly batteryKw: number;
}

const amount = z.number().nonnegative();
const catalogue = z
  .array(
    z.object({
      id: z.string().regex(/^[a-z0-9_-]{1,64}$/, 'must be 1 to 64 of a-z, 0-9, _ and -'),
      pv_kw: amount,
      battery_kwh: amount,
      battery_kw: amount,
    }),
  )
  .min(1, 'must hold at least one home');

/** Reads homes.json. Throws DataFileError with the path of what is wrong, such as `[3].battery_kwh`. */
export function readHomeCatalogue(file: string, text: string): CataloguedHome[] {
  const parsed = catalogue.safeParse(parseJson(file, text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = pathText(issue?.path ?? []);
    throw new DataFileError(
      { file, ...(field !== '' && { field }) },
      issue?.message ?? 'is not a list of homes',
    );
  }
  const seen = new Set<string>();
  return parsed.data.map((home, index) => {
    if (seen.has(home.id)) {
      throw new DataFileError({ file, field: `[${index}].id` }, `${home.id} is there twice`);
    }
    seen.add(home.id);
    return {
      id: home.id,
      pvKw: home.pv_kw,
      batteryKwh: home.battery_kwh,
      batteryKw: home.battery_kw,
    };
  });
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const message = (error as Error).message;
    // V8 says where: "… at position 17", or nothing when the text ends early.
    const found = /position (\d+)/.exec(message)?.[1];
    const before = text.slice(0, found === undefined ? text.length : Number(found)).split('\n');
    const position = { file, line: before.length, character: (before.at(-1)?.length ?? 0) + 1 };
    throw new DataFileError(position, `no valid JSON: ${message}`, { cause: error });
  }
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}
