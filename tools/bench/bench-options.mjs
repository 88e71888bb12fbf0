import { parseArgs } from 'node:util';

/** What `npm run bench` and each of its sections understand. */
export const benchOptions = {
  peers: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  runs: { type: 'string' },
  only: { type: 'string' },
};

/** The options of a section that was started by itself or by `npm run bench`; `runs` where none are asked for. */
export function sectionOptions({ runs, quickRuns = runs }) {
  const { values } = parseArgs({ options: benchOptions });
  return {
    ...values,
    runs: Number(values.runs ?? (values.quick ? quickRuns : runs)),
    only: values.only?.split(','),
  };
}
