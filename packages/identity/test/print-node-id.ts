// Loads the identity in the directory given as argument and prints its NodeId.
import { loadIdentity } from '../src/index.ts';

const identity = await loadIdentity({ dir: process.argv[2] as string });
process.stdout.write(`${identity.nodeId}\n`);
