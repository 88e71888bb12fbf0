// Options of the command line, as all simulations here take them.
import { parseArgs } from 'node:util';

/**
 * Reads `--name value` into the type of its default: a number, a text, a list of numbers, or, for false, a switch. What has no
 * name is in `positionals`. Exits with 2 for what does not fit.
 */
export function optionsOf(defaults) {
  const options = Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [
      name,
      { type: typeof value === 'boolean' ? 'boolean' : 'string' },
    ]),
  );
  const { positionals, values } = orExit(() => parseArgs({ allowPositionals: true, options }));
  const given = Object.entries(values).map(([name, text]) => [name, read(name, text, defaults)]);
  return { positionals, ...defaults, ...Object.fromEntries(given) };
}

/**
 * Runs the scenarios that are named, in that order, with their names; those of `whenNone` where none is. Exits with 2 for one that is not
 * there.
 */
export async function runScenarios(names, scenarios, whenNone = Object.keys(scenarios)) {
  const chosen = names.length > 0 ? names : whenNone;
  const unknown = chosen.filter((name) => scenarios[name] === undefined);
  if (chosen.length === 0 || unknown.length > 0) {
    refuse(`choose of the scenarios ${Object.keys(scenarios).join(', ')}`);
  }
  for (const name of chosen) {
    const began = performance.now();
    await scenarios[name](name);
    console.log(`  (${((performance.now() - began) / 1_000).toFixed(0)} s)`);
  }
}

function read(name, text, defaults) {
  const preset = defaults[name];
  if (typeof preset === 'boolean' || typeof preset === 'string') return text;
  const numbers = text.split(',').map(Number);
  const fits = Array.isArray(preset) || numbers.length === 1;
  if (!fits || numbers.some(Number.isNaN)) refuse(`--${name} takes numbers, not ${text}`);
  return Array.isArray(preset) ? numbers : numbers[0];
}

function orExit(parse) {
  try {
    return parse();
  } catch (error) {
    return refuse(error.message);
  }
}

function refuse(message) {
  console.error(message);
  process.exit(2);
}
