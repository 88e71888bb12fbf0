import { PubSubMesh, type PubSubMeshOptions } from './pub-sub-mesh.ts';
import { SharedDirectory } from './shared-directory.ts';

export type { MeshNode } from './pub-sub-mesh.ts';

export interface MeshOptions extends PubSubMeshOptions {
  /** How long directory changes take to the other nodes. Default 5. */
  readonly directoryDelayMs?: number;
}

/** A few nodes, each of which sees the directory in its own time. */
export class Mesh extends PubSubMesh<SharedDirectory> {
  constructor({ directoryDelayMs, ...options }: MeshOptions = {}) {
    super((clock) => new SharedDirectory(clock, directoryDelayMs), options);
  }

  /** Lets the directory's news and what is on its way arrive. */
  async settle(): Promise<void> {
    await this.clock.advance(50);
  }
}
