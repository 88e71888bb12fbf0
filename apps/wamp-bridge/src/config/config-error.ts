import { MaculaError } from '@macula/core';

/** One thing that is wrong with a configuration. */
export interface ConfigProblem {
  /** Where, as in `events[0].router`. */
  readonly path: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly message: string;
}

/** A configuration cannot be used; the message names every place that is wrong. */
export class ConfigError extends MaculaError {
  readonly code = 'macula.wamp_bridge.bad_config';
  readonly problems: readonly ConfigProblem[];

  constructor(source: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ path, line, column, message }) => {
      const place = line === undefined ? source : `${source}:${line}:${column ?? 1}`;
      return path === '' ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
    });
    super(lines.join('\n'));
    this.problems = problems;
  }
}
