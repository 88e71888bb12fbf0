import {
  type Address,
  distinctAddresses,
  type Link,
  type Member,
  type MemberStatus,
  type NodeId,
  type Unsubscribe,
} from '@macula/core';
import type { Lifecycle } from './member-lifecycle.ts';
import { maxAddresses, type MemberStatement } from './member-statement.ts';
import { sameMetadata } from './metadata.ts';
import type { PersistentDial } from './persistent-dial.ts';

/** Most addresses of a member that others are told, so that word of a full mesh stays far below the frame limit. */
const maxTold = 4;

/** What this node knows of one other node, and the machinery that keeps a link to it. */
export class KnownMember {
  readonly id: NodeId;
  readonly lifecycle: Lifecycle;
  readonly dial: PersistentDial;
  /** Set while the links to this member are pinned. */
  unpin: Unsubscribe | undefined;
  #said: MemberStatement;
  /** Where links to it have really led, best first. */
  #proven: readonly Address[] = [];
  #hearsay: readonly Address[] = [];

  constructor(statement: MemberStatement, lifecycle: Lifecycle, dial: PersistentDial) {
    this.id = statement.id;
    this.lifecycle = lifecycle;
    this.dial = dial;
    this.#said = statement;
  }

  get incarnation(): bigint {
    return this.#said.incarnation;
  }

  /** Alive or suspect. */
  get present(): boolean {
    return this.lifecycle.state === 'alive' || this.lifecycle.state === 'suspect';
  }

  /** Takes over the member's own word. Returns whether anything that users see has changed. */
  describe(statement: MemberStatement, link: Link): boolean {
    const before = this.#said;
    this.#said = statement;
    this.#proven = observedAddresses(statement, link);
    this.#hearsay = [];
    return (
      before.incarnation !== statement.incarnation ||
      !sameMetadata(before.metadata, statement.metadata) ||
      !sameAddresses(before.addresses, statement.addresses)
    );
  }

  /** Takes addresses from a third node: more places to try, never a replacement. */
  hear(addresses: readonly Address[]): void {
    this.#hearsay = addresses;
  }

  /** Where to dial it, best first. */
  dialAddresses(): readonly Address[] {
    const all = [...this.#proven, ...this.#said.addresses, ...this.#hearsay];
    return distinctAddresses(all).slice(0, maxAddresses);
  }

  /** What others are told of it: its own word, and what worked for us behind that. */
  statement(): MemberStatement {
    const proven = this.#proven.filter(({ host }) => !isLoopback(host));
    const addresses = distinctAddresses([...this.#said.addresses, ...proven]).slice(0, maxTold);
    return { ...this.#said, addresses, metadata: {} };
  }

  toMember(): Member {
    const { id, addresses, incarnation, metadata } = this.#said;
    return { id, addresses, incarnation, metadata, status: statusOf(this) };
  }
}

function statusOf(member: KnownMember): MemberStatus {
  const { state } = member.lifecycle;
  return state === 'candidate' || state === 'forgotten' ? 'failed' : state;
}

/**
 * A dialled address is proven. Of an accepted link the source port may be anybody's, but its host with the
 * ports that the peer declares reaches a peer that knows only its inner or unspecified addresses.
 */
function observedAddresses(statement: MemberStatement, link: Link): readonly Address[] {
  if (link.initiator) return [link.remoteAddress];
  const { host } = link.remoteAddress;
  return statement.addresses.map(({ port }) => ({ host, port }));
}

/** Means another machine to everybody else. */
function isLoopback(host: string): boolean {
  return host === '::1' || host === 'localhost' || host.startsWith('127.');
}

function sameAddresses(a: readonly Address[], b: readonly Address[]): boolean {
  return a.length === b.length && a.every((address, i) => equalAddress(address, b[i]));
}

function equalAddress(a: Address, b: Address | undefined): boolean {
  return a.host === b?.host && a.port === b.port;
}
