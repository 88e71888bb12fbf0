import type { Neighbourhood } from './neighbourhood.ts';
import type { ReplicaUpkeep } from './replica-upkeep.ts';

export interface WholeReplicaDeps {
  readonly neighbourhood: Neighbourhood;
  readonly upkeep: ReplicaUpkeep;
  /** Called when `holds` has changed. */
  readonly onChange: () => void;
}

/** Whether this node holds every key of the mesh: then nobody needs to be asked, or to notify it. */
export class WholeReplica {
  readonly #deps: WholeReplicaDeps;
  #held = false;

  constructor(deps: WholeReplicaDeps) {
    this.#deps = deps;
  }

  /** The mesh is small enough, and this node has compared itself with everybody in it. */
  get holds(): boolean {
    return this.#deps.neighbourhood.small && this.#deps.upkeep.synced;
  }

  /** Somebody has come or gone, or this node has compared itself with those it knows. */
  reconsider(): void {
    const { neighbourhood, upkeep, onChange } = this.#deps;
    const { small, table } = neighbourhood;
    // After a time in a large mesh this node holds a part of the keys only.
    if (!small) upkeep.invalidate();
    const { holds } = this;
    if (holds !== this.#held) {
      this.#held = holds;
      onChange();
    } else if (small && !holds) {
      // The mesh has shrunk to one that this node can hold whole: it fetches what it does not have.
      for (const contact of table) upkeep.enqueue(contact);
    }
  }
}
