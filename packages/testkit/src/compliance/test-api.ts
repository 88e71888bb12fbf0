/** What a compliance suite needs of a test runner; those of jest, vitest and node:test fit. */
export interface TestApi {
  describe(name: string, define: () => void): void;
  it(name: string, run: () => Promise<void>): void;
  beforeEach(run: () => Promise<void>): void;
  afterEach(run: () => Promise<void>): void;
}
