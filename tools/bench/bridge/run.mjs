// The bridge in a process of its own: what it can do itself, and what it adds to fox-wamp.
import { parseArgs } from 'node:util';
import { benchOptions } from '../bench-options.mjs';
import { benchBare } from './bare.mjs';
import { benchFox } from './fox.mjs';

const { values } = parseArgs({
  strict: false,
  options: {
    // `only` is `bare` or `fox`.
    ...benchOptions,
    /** A folder for CPU profiles of the bridge. */
    profile: { type: 'string' },
    /** Another checkout, whose bridge is measured instead: for pairs. */
    checkout: { type: 'string' },
  },
});
const size = values.quick ? { count: 20_000, paced: 500 } : { count: 100_000, paced: 2_000 };
const asked = { ...size, checkout: values.checkout, profile: values.profile };
const result = {};
if (values.only !== 'fox') {
  for (const serializer of ['json', 'msgpack']) {
    const { toMesh, toRouter } = await benchBare({
      ...asked,
      ...(values.quick ? {} : { count: 300_000 }),
      serializer,
    });
    for (const [way, { rate, cpuMicros, p50, p99 }] of Object.entries({
      'router to mesh': toMesh,
      'mesh to router': toRouter,
    })) {
      result[`${serializer}, events/s, ${way}`] = rate;
      result[`${serializer}, bridge CPU µs/event, ${way}`] = cpuMicros;
      result[`${serializer}, one way ms p50 / p99, ${way}`] = [p50, p99];
    }
  }
}
if (values.only !== 'bare') Object.assign(result, await benchFox(asked));
if (values.json) console.log(JSON.stringify(result));
else {
  for (const [name, value] of Object.entries(result)) {
    const text = Array.isArray(value)
      ? value.map((one) => one.toFixed(2)).join(' / ')
      : value > 100
        ? Math.round(value).toLocaleString('en')
        : value.toFixed(2);
    console.log(`${name.padEnd(44)} ${text.padStart(14)}`);
  }
}
