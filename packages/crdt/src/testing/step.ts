import * as fc from 'fast-check';
import type { Operations } from './operation.ts';

/** One thing that happens in a random history. Replicas and messages are numbers that the history takes modulo what there is. */
export type Step =
  | { readonly do: 'edit'; readonly replica: number; readonly name: string; readonly args: unknown }
  | { readonly do: 'receive'; readonly replica: number; readonly message: number }
  | { readonly do: 'sync'; readonly from: number; readonly to: number }
  | { readonly do: 'partition'; readonly sides: number }
  | { readonly do: 'heal' }
  | { readonly do: 'save'; readonly replica: number }
  | { readonly do: 'crash'; readonly replica: number }
  | { readonly do: 'skew'; readonly replica: number; readonly ms: number }
  | { readonly do: 'wait'; readonly ms: number };

/** Steps in the proportions that find the most: many edits and deliveries, some accidents. */
export function stepArbitrary<State>(operations: Operations<State>): fc.Arbitrary<Step> {
  const replica = fc.nat({ max: 3 });
  const edits = Object.entries(operations).map(([name, { args }]) =>
    fc.record({ do: fc.constant('edit' as const), replica, name: fc.constant(name), args }),
  );
  const of = <Name extends Step['do']>(name: Name) => fc.constant(name);
  return fc.oneof(
    { weight: 8, arbitrary: fc.oneof(...edits) },
    {
      weight: 5,
      arbitrary: fc.record({ do: of('receive'), replica, message: fc.nat({ max: 15 }) }),
    },
    { weight: 3, arbitrary: fc.record({ do: of('sync'), from: replica, to: replica }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: of('partition'), sides: fc.integer({ min: 1, max: 7 }) }),
    },
    { weight: 1, arbitrary: fc.record({ do: of('heal') }) },
    { weight: 1, arbitrary: fc.record({ do: of('save'), replica }) },
    { weight: 1, arbitrary: fc.record({ do: of('crash'), replica }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: of('skew'),
        replica,
        ms: fc.integer({ min: -5_000, max: 5_000 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: of('wait'), ms: fc.integer({ min: 1, max: 50 }) }) },
  );
}
