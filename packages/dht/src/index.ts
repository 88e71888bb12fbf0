export {
  createKademlia,
  type Kademlia,
  type KademliaDeps,
  type KademliaLookupOptions,
  type KademliaState,
  type KademliaSurroundings,
} from './kademlia/kademlia.ts';
export type { KademliaOptions } from './kademlia/kademlia-options.ts';
export type { ConfirmOptions, KademliaAnnouncement, StoreReceipt } from './kademlia/publisher.ts';
export type { RecordSigner, RecordVerifier } from './kademlia/record.ts';
export {
  createReplicatedDirectory,
  type ReplicatedDirectory,
  type ReplicatedDirectoryDeps,
} from './replicated-directory.ts';
export { maxValueBytes, type ReplicatedDirectoryOptions } from './replicated-directory-options.ts';
