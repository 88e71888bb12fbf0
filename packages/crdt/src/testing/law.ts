import * as fc from 'fast-check';

/** A law of a CRDT, ready to be checked. */
export interface Law {
  /** What the law says, as a sentence; serves as a test's name. */
  readonly name: string;
  /** Checks the law against random histories. Throws LawBrokenError with the smallest history that breaks it. */
  readonly check: () => void;
}

export interface LawRunOptions {
  /** Histories per law. Default 300. */
  readonly runs?: number;
  /** Seed and path of an earlier failure, as its message names them: runs just that one. */
  readonly seed?: number;
  readonly path?: string;
}

/** A law does not hold. The message tells the shortest history found that shows it. */
export class LawBrokenError extends Error {
  /** Stable, for programs. */
  readonly code = 'macula.crdt.law_broken';
  readonly law: string;
  /** What happened, a line each. */
  readonly story: readonly string[];

  constructor(type: string, law: string, breach: LawBreach, reproduction: string) {
    const steps = breach.story.map((line, i) => `  ${String(i + 1).padStart(2)}. ${line}`);
    const told = steps.length === 0 ? '  (nothing needs to happen)' : steps.join('\n');
    super(
      `${type} breaks the law "${law}".\n${told}\n${breach.message}\nThe same again: ${reproduction}`,
    );
    this.name = 'LawBrokenError';
    this.law = law;
    this.story = breach.story;
  }
}

/** What a law's check throws for one history that breaks it. */
export class LawBreach extends Error {
  readonly story: readonly string[];

  constructor(message: string, story: readonly string[]) {
    super(message);
    this.name = 'LawBreach';
    this.story = story;
  }
}

/** A law that must hold for every example; `holds` throws LawBreach for one that breaks it. */
export function lawOf<Example>(
  type: string,
  name: string,
  examples: fc.Arbitrary<Example>,
  holds: (example: Example) => void,
  options: LawRunOptions,
): Law {
  return {
    name,
    check() {
      const details = fc.check(fc.property(examples, holds), {
        numRuns: options.runs ?? 300,
        ...(options.seed !== undefined && { seed: options.seed }),
        ...(options.path !== undefined && { path: options.path }),
      });
      if (!details.failed) return;
      const error: unknown = details.errorInstance;
      const breach =
        error instanceof LawBreach ? error : new LawBreach(`It throws ${String(error)}`, []);
      const reproduction = `{ seed: ${details.seed}, path: ${JSON.stringify(details.counterexamplePath)} }`;
      const broken = new LawBrokenError(type, name, breach, reproduction);
      if (breach !== error) broken.cause = error;
      throw broken;
    },
  };
}
