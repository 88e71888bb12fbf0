import type { Pattern } from '@macula/core';

/** A handler that this node has registered, and how many of its runs are under way. */
export class LocalRegistration<H> {
  readonly pattern: Pattern;
  readonly handler: H;
  readonly concurrency: number;
  readonly discloseCaller: boolean;
  running = 0;

  constructor(
    pattern: Pattern,
    handler: H,
    options: { concurrency?: number | undefined; discloseCaller?: boolean | undefined },
  ) {
    this.pattern = pattern;
    this.handler = handler;
    this.concurrency = options.concurrency ?? Infinity;
    this.discloseCaller = options.discloseCaller ?? false;
  }

  get isFull(): boolean {
    return this.running >= this.concurrency;
  }
}
