import { deepStrictEqual, ok, strictEqual, throws } from 'node:assert/strict';
import {
  MaculaError,
  type Member,
  type Membership,
  type MembershipChange,
  NodeId,
} from '@macula/core';
import type { TestApi } from './test-api.ts';

/** A node with the Membership under test. */
export interface MembershipNode {
  readonly membership: Membership;
  /** Ends the node in good order. */
  leave(): Promise<void>;
  /** Ends the node without a word, as a power cut does. */
  crash(): void | Promise<void>;
}

/** Nodes of one mesh, ready for one test. */
export interface MembershipSetup {
  /** Nodes that know how to find one another, perhaps not yet met. */
  readonly nodes: readonly MembershipNode[];
  /** Adds a node that finds the others. Runs within complete(): it must not move a virtual clock itself. */
  join(): Promise<MembershipNode>;
  /** A new life for a node that has crashed. Runs within complete(). */
  restart(node: MembershipNode): Promise<MembershipNode>;
  /** Lets time pass until `condition` holds; throws when it does not within the longest time that failure detection may take. */
  eventually(condition: () => boolean): Promise<void>;
  /** Lets time pass until `promise` settles, and returns or throws what it settles to. */
  complete<T>(promise: Promise<T>): Promise<T>;
  teardown(): Promise<void>;
}

type Trio = readonly [MembershipNode, MembershipNode, MembershipNode];

/**
 * Defines the tests that every implementation of Membership must pass. `setup` is called in each test with the
 * number of nodes that it needs.
 */
export function membershipCompliance(
  { describe, it, afterEach }: TestApi,
  name: string,
  setup: (count: number) => Promise<MembershipSetup>,
): void {
  describe(`${name} keeps the contract of Membership:`, () => {
    let current: MembershipSetup | undefined;

    const nodes = async (count: number): Promise<MembershipSetup> => {
      current = await setup(count);
      strictEqual(current.nodes.length, count);
      return current;
    };

    /** Three nodes that all see one another. */
    const trio = async (): Promise<{ mesh: MembershipSetup; all: Trio }> => {
      const mesh = await nodes(3);
      await mesh.eventually(() => seeOneAnother(mesh.nodes));
      return { mesh, all: mesh.nodes as unknown as Trio };
    };

    afterEach(async () => {
      await current?.teardown();
      current = undefined;
    });

    it('lets every node see exactly the others, alive, as they see themselves', async () => {
      const mesh = await nodes(5);
      await mesh.eventually(() => seeOneAnother(mesh.nodes));
      for (const { membership } of mesh.nodes) {
        strictEqual(membership.self.status, 'alive');
        strictEqual([...membership.members()].length, 4);
        for (const other of mesh.nodes) {
          const { self } = other.membership;
          if (self.id.equals(membership.self.id)) continue;
          const seen = membership.get(self.id);
          strictEqual(seen?.status, 'alive');
          deepStrictEqual(seen.addresses, self.addresses);
          deepStrictEqual(seen.metadata, self.metadata);
          strictEqual(seen.incarnation, self.incarnation);
        }
      }
    });

    it('knows nobody on a node that is alone, nor anybody it was not told of', async () => {
      const mesh = await nodes(1);
      const [{ membership }] = mesh.nodes as [MembershipNode];
      deepStrictEqual([...membership.members()], []);
      strictEqual(membership.get(NodeId.fromBytes(new Uint8Array(32).fill(7))), undefined);
    });

    it('reports a node that joins, once', async () => {
      const { mesh, all } = await trio();
      const logs = all.map(record);
      const late = await mesh.complete(mesh.join());
      await mesh.eventually(() => seeOneAnother([...all, late]));
      const { id } = late.membership.self;
      for (const { changes } of logs) deepStrictEqual(about(changes, id), ['joined']);
    });

    it('tells new metadata to everybody, whole', async () => {
      const { mesh, all } = await trio();
      const [a, b, c] = all;
      a.membership.setMetadata({ role: 'gateway', version: '1' });
      const seenBy = (node: MembershipNode): Member['metadata'] =>
        node.membership.get(a.membership.self.id)?.metadata ?? {};
      await mesh.eventually(() => [b, c].every((node) => seenBy(node)['role'] === 'gateway'));
      const log = record(b);
      a.membership.setMetadata({ version: '2' });
      await mesh.eventually(() => [b, c].every((node) => seenBy(node)['version'] === '2'));
      deepStrictEqual([b, c].map(seenBy), [{ version: '2' }, { version: '2' }]);
      deepStrictEqual(a.membership.self.metadata, { version: '2' });
      deepStrictEqual(about(log.changes, a.membership.self.id), ['updated']);
      deepStrictEqual(log.changes[0]?.member.metadata, { version: '2' });
    });

    it('refuses metadata of more than 512 bytes', async () => {
      const mesh = await nodes(1);
      const [{ membership }] = mesh.nodes as [MembershipNode];
      throws(() => {
        membership.setMetadata({ note: 'x'.repeat(513) });
      }, MaculaError);
    });

    it('reports a node that leaves as left, not as failed', async () => {
      const { mesh, all } = await trio();
      const [a, b, c] = all;
      const { id } = c.membership.self;
      const logs = [a, b].map(record);
      await mesh.complete(c.leave());
      await mesh.eventually(() => [a, b].every((node) => !isMember(node, id)));
      for (const { changes } of logs) deepStrictEqual(about(changes, id), ['left']);
      ok(seeOneAnother([a, b]));
    });

    it('reports a node that crashes as suspected, then as failed', async () => {
      const { mesh, all } = await trio();
      const [a, b, c] = all;
      const { id } = c.membership.self;
      const logs = [a, b].map(record);
      await c.crash();
      await mesh.eventually(() => [a, b].every((node) => !isMember(node, id)));
      for (const { changes } of logs) deepStrictEqual(about(changes, id), ['suspected', 'failed']);
      const status = a.membership.get(id)?.status;
      ok(status === 'failed' || status === undefined);
      ok(seeOneAnother([a, b]));
    });

    it('counts a suspect among the members', async () => {
      const { mesh, all } = await trio();
      const [a, , c] = all;
      const { id } = c.membership.self;
      const listed: boolean[] = [];
      a.membership.onChange(({ type }) => {
        if (type === 'suspected') listed.push(isMember(a, id));
      });
      await c.crash();
      await mesh.eventually(() => listed.length > 0);
      deepStrictEqual(listed, [true]);
    });

    it('gives a restarted node a higher incarnation', async () => {
      const { mesh, all } = await trio();
      const [a, b, c] = all;
      const { id, incarnation } = c.membership.self;
      await c.crash();
      await mesh.eventually(() => [a, b].every((node) => !isMember(node, id)));
      const again = await mesh.complete(mesh.restart(c));
      ok(again.membership.self.id.equals(id));
      await mesh.eventually(() => seeOneAnother([a, b, again]));
      for (const node of [a, b]) {
        const seen = node.membership.get(id);
        ok(seen !== undefined && seen.incarnation > incarnation);
      }
    });

    it('does not call removed listeners', async () => {
      const { mesh, all } = await trio();
      const [a] = all;
      let called = 0;
      const unsubscribe = a.membership.onChange(() => called++);
      unsubscribe();
      unsubscribe();
      const late = await mesh.complete(mesh.join());
      await mesh.eventually(() => seeOneAnother([...all, late]));
      strictEqual(called, 0);
    });
  });
}

/** Whether each of `nodes` has exactly the others as living members. */
function seeOneAnother(nodes: readonly MembershipNode[]): boolean {
  return nodes.every((node) => {
    const alive = Array.from(node.membership.members()).filter(({ status }) => status === 'alive');
    const others = nodes.filter((other) => other !== node);
    return (
      alive.length === others.length &&
      others.every(({ membership }) => alive.some(({ id }) => id.equals(membership.self.id)))
    );
  });
}

function isMember(node: MembershipNode, id: NodeId): boolean {
  return Array.from(node.membership.members()).some((member) => member.id.equals(id));
}

function record({ membership }: MembershipNode): { readonly changes: MembershipChange[] } {
  const changes: MembershipChange[] = [];
  membership.onChange((change) => changes.push(change));
  return { changes };
}

function about(changes: readonly MembershipChange[], id: NodeId): string[] {
  return changes.filter(({ member }) => member.id.equals(id)).map(({ type }) => type);
}
