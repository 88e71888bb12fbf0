export { createKademlia } from './kademlia/kademlia.ts';
export type {
  Kademlia,
  KademliaAnnounceOptions,
  KademliaDeps,
  KademliaLookupOptions,
  KademliaState,
  KademliaSurroundings,
} from './kademlia/kademlia-contract.ts';
export type { KademliaOptions } from './kademlia/kademlia-options.ts';
export type { KademliaAnnouncement, StoreReceipt } from './kademlia/own-announcement.ts';
export type { RecordSigner, RecordVerifier } from './kademlia/record.ts';
export {
  createReplicatedDirectory,
  type ReplicatedDirectory,
  type ReplicatedDirectoryDeps,
} from './replicated-directory.ts';
export { maxValueBytes, type ReplicatedDirectoryOptions } from './replicated-directory-options.ts';
