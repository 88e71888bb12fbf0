import { z } from 'zod';
import { Refusal } from '../carrier/carrier-errors.ts';
import { StreetEdge } from '../home/street-edge.ts';
import { acceptContract, acceptedContract, homeReference } from '../messages/calls.ts';
import { contractOffered, timeAdvanced } from '../messages/events.ts';
import { edgeProcedures, errors, procedures, topics } from '../messages/names.ts';
import type { RoleContext, RunningRole } from './role.ts';
import type { SettingsOf } from './role-settings.ts';

/** How long an edge waits for another one's answer, milliseconds. */
const forwardTimeout = 2_000;

/**
 * One edge process. All edges share the registrations of the homes' procedures; who is called for a home that another edge
 * has, asks that edge by its own procedure: callers need not know where a home is.
 */
export async function startHomes(
  context: RoleContext,
  { edge: name, from, homes, edgeOf }: SettingsOf<'homes'>,
): Promise<RunningRole> {
  const { traffic, machineNow } = context;
  const publish = traffic.publish.bind(traffic);
  const edge = new StreetEdge({ publish, machineNow }, { homes, from });
  const here = {
    status: ({ home_id: id }: z.infer<typeof homeReference>) => edge.status(id),
    accept: (offer: z.infer<typeof acceptContract>) => edge.acceptContract(offer),
  };
  const own = edgeProcedures(name);
  await traffic.serve(own.getStatus, homeReference, here.status);
  await traffic.serve(own.acceptContract, acceptContract, here.accept);

  const ownerOf = (homeId: string): ReturnType<typeof edgeProcedures> | undefined => {
    const owner = edgeOf.get(homeId);
    if (owner === undefined) {
      throw new Refusal(errors.noSuchHome, [`no home is called ${homeId}`]);
    }
    return owner === name ? undefined : edgeProcedures(owner);
  };
  const options = { timeout: forwardTimeout, signal: context.signal };
  await traffic.serve(
    procedures.getStatus,
    homeReference,
    (home) => {
      const other = ownerOf(home.home_id);
      if (other === undefined) return here.status(home);
      return traffic.call(other.getStatus, home, z.record(z.string(), z.unknown()), options);
    },
    true,
  );
  await traffic.serve(
    procedures.acceptContract,
    acceptContract,
    (offer) => {
      const other = ownerOf(offer.home_id);
      if (other === undefined) return here.accept(offer);
      return traffic.call(other.acceptContract, offer, acceptedContract, options);
    },
    true,
  );

  // Handlers return at once: an hour takes longer than an event may wait for its acknowledgement.
  const live = (step: Promise<void>): void => void step.catch((error) => context.fail(error));
  await traffic.hear(topics.timeAdvanced, timeAdvanced, (time) => live(edge.timeAdvanced(time)));
  await traffic.hear(topics.contractOffered, contractOffered, (offered) =>
    live(edge.contractOffered(offered)),
  );
  return {};
}
