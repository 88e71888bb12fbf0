import { type Address, type NodeId, NotRunningError } from '@macula/core';
import { DialAttempt, type Meeting } from './dial-attempt.ts';
import type { Medium } from './medium.ts';
import type { MemoryLink } from './memory-link.ts';
import type { Connector } from './connector.ts';
import type { MemoryNode } from './memory-node.ts';

/** The handshakes under way in a network. */
export class Dialler implements Connector {
  private readonly medium: Medium;
  private readonly meeting: Meeting & { addressesOf(peer: NodeId): readonly Address[] };
  private readonly attempts = new Map<MemoryNode, Set<DialAttempt>>();

  constructor(
    medium: Medium,
    meeting: Meeting & { addressesOf(peer: NodeId): readonly Address[] },
  ) {
    this.medium = medium;
    this.meeting = meeting;
  }

  async connect(
    node: MemoryNode,
    address: Address,
    expected: NodeId | undefined,
    signal?: AbortSignal,
  ): Promise<MemoryLink> {
    const attempt = new DialAttempt(this.medium, this.meeting, node, address, expected);
    const attempts = this.attempts.get(node) ?? new Set();
    this.attempts.set(node, attempts.add(attempt));
    try {
      return await attempt.outcome(signal);
    } finally {
      attempts.delete(attempt);
      if (attempts.size === 0) this.attempts.delete(node);
    }
  }

  addressesOf(peer: NodeId): readonly Address[] {
    return this.meeting.addressesOf(peer);
  }

  /** Ends the attempts of a node that does not run any more. */
  forget(node: MemoryNode): void {
    for (const attempt of this.attempts.get(node) ?? []) {
      attempt.cancel(new NotRunningError(`node ${node.self.key} does not run any more`));
    }
  }
}
