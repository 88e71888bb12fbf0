import { closingCompliance } from './links/closing.ts';
import { datagramCompliance } from './links/datagrams.ts';
import { diallingCompliance } from './links/dialling.ts';
import { frameCompliance } from './links/frames.ts';
import { LinksBench } from './links/links-bench.ts';
import type { LinksComplianceOptions, LinksSetup } from './links/links-setup.ts';
import { queueCompliance } from './links/queues.ts';
import { requestCompliance } from './links/requests.ts';
import { streamCompliance } from './links/streams.ts';
import type { TestApi } from './test-api.ts';

/** Gives the bench of the test that runs now. */
export type BenchOfTest = () => LinksBench;

/**
 * Defines the tests that every implementation of Links must pass, for jest or another runner.
 *
 *     linksCompliance({ describe, it, beforeEach, afterEach }, 'memory', async () => ({ … }));
 *
 * `setup` is called before each test.
 */
export function linksCompliance(
  api: TestApi,
  name: string,
  setup: () => Promise<LinksSetup>,
  options: LinksComplianceOptions = {},
): void {
  const { datagrams = true, realms = true } = options;
  api.describe(`${name} keeps the contract of Links:`, () => {
    let bench: LinksBench | undefined;

    api.beforeEach(async () => {
      bench = new LinksBench(await setup());
    });

    api.afterEach(async () => {
      await bench?.tearDown();
      bench = undefined;
    });

    const current: BenchOfTest = () => bench as LinksBench;
    diallingCompliance(api, current, { realms });
    frameCompliance(api, current);
    queueCompliance(api, current);
    requestCompliance(api, current);
    streamCompliance(api, current);
    if (datagrams) datagramCompliance(api, current);
    closingCompliance(api, current);
  });
}
