import type {
  Clock,
  Link,
  Links,
  Logger,
  MembershipChange,
  Metrics,
  NodeId,
  Random,
} from '@macula/core';
import { memberDialDelay } from './dial-delay.ts';
import type { DialGate } from './dial-gate.ts';
import { KnownMember } from './known-member.ts';
import { changeOf, type LifecycleState, startLifecycle } from './member-lifecycle.ts';
import type { MemberStatement } from './member-statement.ts';
import { MemberTable } from './member-table.ts';
import { type MembershipMetrics, membershipMetrics } from './membership-metrics.ts';
import type { PeerExchangeSettings } from './peer-exchange-options.ts';
import { PersistentDial } from './persistent-dial.ts';

export interface MemberRosterDeps {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly gate: DialGate;
}

/**
 * Turns what is learnt of other nodes into members, changes and dials. Only a node's own word over its own
 * link makes it a member, and only the end of that link or its own goodbye unmakes it; what third nodes say
 * adds candidates and addresses to try.
 */
export class MemberRoster {
  readonly table: MemberTable;
  readonly metrics: MembershipMetrics;
  readonly #deps: MemberRosterDeps;
  readonly #settings: PeerExchangeSettings;
  readonly #onChange: (change: MembershipChange) => void;
  #reportedFull = false;

  constructor(
    deps: MemberRosterDeps,
    settings: PeerExchangeSettings,
    onChange: (change: MembershipChange) => void,
  ) {
    this.#deps = deps;
    this.#settings = settings;
    this.#onChange = onChange;
    this.table = new MemberTable(settings.maxMembers, retire);
    this.metrics = membershipMetrics(deps.metrics, this.table);
  }

  /** A node has introduced itself over its link. */
  met(link: Link, statement: MemberStatement): void {
    let member = this.table.get(statement.id.key);
    if (member !== undefined && isStale(member, statement)) return;
    if (member?.present !== true && !this.table.hasRoomForMember) {
      this.#refuse(statement.id);
      return;
    }
    if (member === undefined) {
      member = this.#create(statement);
      this.table.add(member);
    }
    const before = member.lifecycle.state;
    const changed = member.describe(statement, link);
    this.#deps.links.learn(member.id, member.dialAddresses());
    member.lifecycle.send('met');
    if (changed && (before === 'alive' || before === 'suspect')) this.#report('updated', member);
  }

  /** A third node has told of a node. */
  told(statement: MemberStatement): void {
    const member = this.table.get(statement.id.key);
    if (member === undefined) {
      if (statement.addresses.length === 0 || !this.table.makeRoomForCandidate()) return;
      const candidate = this.#create(statement);
      this.table.add(candidate);
      candidate.dial.run();
      return;
    }
    const { state } = member.lifecycle;
    if (state === 'alive') return;
    if (state !== 'candidate' && statement.incarnation <= member.incarnation) return;
    member.hear(statement.addresses);
    member.lifecycle.send('told');
  }

  /** The last link to a node has ended. */
  lost(id: NodeId): void {
    const member = this.table.get(id.key);
    if (member === undefined) return;
    member.lifecycle.send('lost');
    if (member.lifecycle.state !== 'left') member.dial.run();
  }

  /** A node has said goodbye. */
  left(id: NodeId, incarnation: bigint): void {
    const member = this.table.get(id.key);
    if (member !== undefined && incarnation >= member.incarnation) member.lifecycle.send('left');
  }

  get alone(): boolean {
    return this.table.count((member) => member.lifecycle.state === 'alive') === 0;
  }

  /** Whether there are candidates that were never dialled to the end. */
  get expectsMore(): boolean {
    const fresh = ({ lifecycle, dial }: KnownMember): boolean =>
      lifecycle.state === 'candidate' && dial.failures === 0;
    return this.table.count(fresh) > 0;
  }

  #create(statement: MemberStatement): KnownMember {
    const { clock, links, random } = this.#deps;
    const member: KnownMember = new KnownMember(
      statement,
      startLifecycle(clock, this.#settings, (from, to) => this.#moved(member, from, to)),
      new PersistentDial(this.#deps, {
        attempt: async (signal) => {
          if (links.get(member.id) !== undefined) return;
          links.learn(member.id, member.dialAddresses());
          await links.link(member.id, { timeout: this.#settings.dialTimeoutMs, signal });
        },
        delayMs: (attempt) =>
          memberDialDelay(
            member.lifecycle.state,
            attempt,
            { self: links.self, peer: member.id },
            random,
          ),
        onFailure: () => this.metrics.dialFailures.inc(),
      }),
    );
    return member;
  }

  #moved(member: KnownMember, from: LifecycleState, to: LifecycleState): void {
    switch (to) {
      case 'alive':
        member.dial.stop();
        member.unpin ??= this.#deps.links.pin(member.id);
        break;
      case 'candidate':
      case 'suspect':
        member.dial.restart();
        break;
      case 'failed':
        unpin(member);
        member.dial.restart();
        break;
      case 'left':
        unpin(member);
        member.dial.stop();
        break;
      case 'forgotten':
        this.table.remove(member);
    }
    if (!member.present) {
      this.#reportedFull = false;
      this.table.trim(member);
    }
    const type = changeOf(from, to);
    if (type !== undefined) this.#report(type, member);
  }

  #report(type: MembershipChange['type'], member: KnownMember): void {
    this.metrics.changes[type].inc();
    const fields = { peer: member.id.key, incarnation: String(member.incarnation) };
    if (type === 'failed') this.#deps.logger.warn(fields, 'member failed');
    else this.#deps.logger.debug(fields, `member ${type}`);
    this.#onChange({ type, member: member.toMember() });
  }

  #refuse(id: NodeId): void {
    this.metrics.refused.inc();
    if (this.#reportedFull) return;
    this.#reportedFull = true;
    this.#deps.logger.warn(
      { peer: id.key, maxMembers: this.#settings.maxMembers },
      'the mesh is full: not admitting further members; raise maxMembers on every node',
    );
  }
}

/** The word of an earlier life, or of one that has said goodbye. */
function isStale(member: KnownMember, statement: MemberStatement): boolean {
  const { state } = member.lifecycle;
  if (state === 'candidate') return false;
  return state === 'left'
    ? statement.incarnation <= member.incarnation
    : statement.incarnation < member.incarnation;
}

function unpin(member: KnownMember): void {
  member.unpin?.();
  member.unpin = undefined;
}

function retire(member: KnownMember): void {
  unpin(member);
  member.dial.stop();
  member.lifecycle.stop();
}
