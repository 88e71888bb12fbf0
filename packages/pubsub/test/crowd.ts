import { CommonDirectory } from './common-directory.ts';
import { pretendedSigner } from './pretended-signer.ts';
import {
  type MeshNode,
  type MeshNodeOptions,
  PubSubMesh,
  type PubSubMeshOptions,
} from './pub-sub-mesh.ts';

export type { MeshNode as CrowdNode } from './pub-sub-mesh.ts';

export interface CrowdNodeOptions extends MeshNodeOptions {
  /** Whether the node takes part in trees. Default true. */
  readonly signs?: boolean;
}

/** Very many nodes that look into one directory, and sign. */
export class Crowd extends PubSubMesh<CommonDirectory> {
  constructor(options: PubSubMeshOptions = {}) {
    super((clock) => new CommonDirectory(clock), options);
  }

  override async node({ signs = true, ...options }: CrowdNodeOptions = {}): Promise<MeshNode> {
    const signer = pretendedSigner(this.random.bytes(44));
    return super.node({ ...(signs && { signer }), ...options });
  }

  /** The sum of a metric over all nodes. */
  sum(name: string, reason?: string): number {
    return this.nodes.reduce((sum, { metrics }) => sum + metrics.value(name, reason), 0);
  }

  /** Kills a node; what it has announced stays, until it is buried. */
  kill(node: MeshNode): void {
    this.network.crash(node.id);
  }

  /** What the directory and the membership do when a node has failed. */
  bury(node: MeshNode): void {
    this.directory.forget(node.id);
    for (const other of this.nodes) if (other !== node) other.told('failed', node.id);
  }
}
