// Judges whether a quantity stays flat: the line of least squares through the samples after the warm-up.

/** The first part of a run, in which caches, tables and compiled code reach their size; it is not judged. */
const warmUp = 0.4;

/**
 * Judges `samples` (`{ at, value }`). `growth` is what the line gains between the first and the last judged sample,
 * `allowed` what it may gain: `share` of the mean, and at least `least`.
 */
export function judged(name, samples, { least, share }) {
  const steady = samples.slice(Math.floor(samples.length * warmUp));
  const mean = average(steady.map(({ value }) => value));
  const slope = slopeOf(steady);
  const growth = steady.length < 2 ? NaN : slope * (steady.at(-1).at - steady[0].at);
  const allowed = Math.max(least, share * mean);
  return { name, samples: steady.length, mean, growth, allowed, flat: growth <= allowed };
}

function slopeOf(samples) {
  const at = average(samples.map((sample) => sample.at));
  const value = average(samples.map((sample) => sample.value));
  let above = 0;
  let below = 0;
  for (const sample of samples) {
    above += (sample.at - at) * (sample.value - value);
    below += (sample.at - at) ** 2;
  }
  return below === 0 ? NaN : above / below;
}

function average(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
