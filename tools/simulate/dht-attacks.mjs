// Scenarios of the DHT's simulation in which some nodes lie.
import { NodeId } from '@macula/core';
import { manners, turn } from './liars.mjs';

/** What share of the lookups over disjoint paths must succeed among up to so many liars. */
const least = 0.95;
const tolerated = 0.2;

/** `grown` gives a mesh, `report` prints figures of lookups, `reportStores` those of announcements. */
export function attacks({ options, grown, report, reportStores }) {
  const { nodes: count, keys, lookups } = options;

  /** A share of the nodes turns: a third of them never answers, the rest names only accomplices and keeps nothing. */
  async function malicious() {
    const share = options.share || 0.2;
    const mesh = await grown();
    const liars = turn(
      mesh,
      mesh.nodes.filter(() => mesh.random.next() < share),
    );
    const honest = mesh.nodes.filter((node) => !liars.has(node));
    const announced = await mesh.announce(keys, honest);
    reportStores(announced);
    report(
      `${share * 100} % malicious, one path`,
      await mesh.lookups(announced, lookups, { readers: honest }),
    );
    report(
      `${share * 100} % malicious, disjoint paths`,
      await mesh.lookups(announced, lookups, { readers: honest, sensitive: true }),
      share <= tolerated ? least : 0,
    );
  }

  /**
   * A fifth of all nodes are attackers with IDs next to a few keys, k of them each, so that they are the nearest of all. They come
   * after something was announced there, and lie. `--subnets` says from how many /24 networks they come: 2 of each count.
   */
  async function eclipse() {
    const mesh = await grown();
    const share = options.share || 0.2;
    const { attackers: each } = options;
    const attackers = [];
    const eclipsed = Math.max(1, Math.round((count * share) / (1 - share) / each));
    const announced = await mesh.announce(eclipsed);
    reportStores(announced);
    for (let at = 0; at < eclipsed; at++) {
      for (let i = 0; i < each; i++) {
        const bytes = Uint8Array.from(mesh.key(at).bytes);
        bytes.set(mesh.random.bytes(24), 8);
        const net = i % options.subnets;
        const host = `${198 + (net >> 8)}.${at}.${net & 255}.${1 + i}`;
        if (mesh.network.at(host) !== undefined) continue;
        const joining = mesh.join({ id: NodeId.fromBytes(bytes), host });
        attackers.push(await mesh.complete(joining));
      }
    }
    const liars = turn(mesh, attackers);
    const honest = mesh.nodes.filter((node) => !liars.has(node));
    report(
      `${attackers.length} attackers next to ${eclipsed} keys, one path`,
      await mesh.lookups(announced, lookups, { readers: honest }),
    );
    report(
      'the same, disjoint paths',
      await mesh.lookups(announced, lookups, { readers: honest, sensitive: true }),
      share <= tolerated ? least : 0,
    );
  }

  /**
   * The attack that disjoint paths are for (Baumgart and Mies 2007, §5): nodes with random IDs, of which ever more lie together, in one
   * `--manner`. Each of `--paths` in a mesh of its own, which is the same; `--alpha` and `--read` take away what protects one path.
   */
  async function collusion() {
    const { alpha, read: readReplicas, manner } = options;
    if (!manners.includes(manner)) throw new RangeError(`--manner: one of ${manners.join(', ')}`);
    for (const paths of options.paths) {
      const mesh = await grown({ alpha, readReplicas, disjointPaths: paths });
      const before = await mesh.announce(keys);
      const lots = new Map(mesh.nodes.map((node) => [node, mesh.random.next()]));
      for (const share of options.shares) {
        const liars = turn(
          mesh,
          mesh.nodes.filter((node) => lots.get(node) < share),
          manner,
        );
        const honest = mesh.nodes.filter((node) => !liars.has(node));
        const living = before.filter(({ node }) => !liars.has(node));
        const sensitive = paths > 1;
        const after = await mesh.announce(keys, honest, { first: keys, sensitive });
        const how = { readers: honest, sensitive, timeout: 5_000 };
        const what = `${Math.round(share * 100)} % ${manner}, ${paths} path(s)`;
        const demanded = sensitive && share <= tolerated ? least : 0;
        report(`${what}, announced before`, await mesh.lookups(living, lookups, how), demanded);
        report(`${what}, after they turned`, await mesh.lookups(after, lookups, how), demanded);
      }
    }
  }

  return { malicious, eclipse, collusion };
}
