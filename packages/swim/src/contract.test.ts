import { holdToContract } from '../test/compliance.ts';
import { PeerExchangeMesh, SwimMesh } from '../test/mesh.ts';
import { createLenientMembership } from './lenient-membership.ts';

holdToContract('Peer exchange', () => new PeerExchangeMesh());
holdToContract('SWIM', () => new SwimMesh());
holdToContract(
  'a lenient view of SWIM',
  () => new SwimMesh(),
  ({ membership, links: { clock } }) => {
    const lenient = createLenientMembership({ membership, clock }, { graceMs: 5_000 });
    void lenient.start();
    return lenient;
  },
);
