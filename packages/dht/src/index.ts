export {
  createReplicatedDirectory,
  type ReplicatedDirectory,
  type ReplicatedDirectoryDeps,
} from './replicated-directory.ts';
export { maxValueBytes, type ReplicatedDirectoryOptions } from './replicated-directory-options.ts';
