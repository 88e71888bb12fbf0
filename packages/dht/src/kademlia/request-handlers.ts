import {
  type Address,
  type Id,
  type Link,
  type Links,
  type NodeId,
  type Unsubscribe,
} from '@macula/core';
import { decodeMessage, decodeNodeId } from '@macula/wire';
import type { Contact } from './contact.ts';
import { type Answer, exchanges, type Question } from './exchanges.ts';
import type { KademliaMetrics } from './kademlia-metrics.ts';
import { addressesOf, contactMessage, contactsOf, keyOf } from './messages.ts';
import type { Neighbourhood } from './neighbourhood.ts';
import type { ObservedKeys } from './observed-keys.ts';
import type { Exchange } from './peer-requests.ts';
import { mergeAll, pageOf } from './record-pages.ts';
import type { RecordStore } from './record-store.ts';
import type { ReplicaUpkeep } from './replica-upkeep.ts';
import { subnetOf } from './subnet.ts';
import type { WatchLeases } from './watch-leases.ts';

export interface RequestHandlersDeps {
  readonly links: Links;
  readonly neighbourhood: Neighbourhood;
  readonly store: RecordStore;
  readonly leases: WatchLeases;
  readonly observed: ObservedKeys;
  readonly upkeep: ReplicaUpkeep;
  readonly metrics: KademliaMetrics;
  readonly ownAddresses: () => readonly string[];
}

/** Most watchers that a node may be asked to pass a notification on to. */
const maxForwarded = 4_096;

/** Nodes that are named with records: who looks for more of them needs a few other replicas, and no way any more. */
const namedBesideRecords = 5;

/** Answers peers. Whoever asks is alive, and so a contact. */
export class RequestHandlers {
  readonly #deps: RequestHandlersDeps;
  readonly #k: number;

  constructor(deps: RequestHandlersDeps, k: number) {
    this.#deps = deps;
    this.#k = k;
  }

  /** Begins to answer. The result ends it. */
  start(): Unsubscribe {
    const { upkeep, observed, links, neighbourhood } = this.#deps;
    const registered = [
      this.#serve(exchanges.ping, () => this.#ping()),
      this.#serve(exchanges.findNode, (question, { id }) => this.#findNode(question, id)),
      this.#serve(exchanges.findValue, (question, { id }) => this.#findValue(question, id)),
      this.#serve(exchanges.store, (question) => this.#store(question)),
      this.#serve(exchanges.watch, (question, contact) => this.#watch(question, contact)),
      this.#serve(exchanges.compare, (question, { id }) => upkeep.answer(question, id)),
      // Notifications name no addresses: what they say is signed, whoever brings it.
      links.handleRequest(exchanges.notify.kind, (_link, body) => {
        const { records, forward } = decodeMessage(exchanges.notify.question, body, 'notification');
        const others = contactsOf(forward, maxForwarded);
        observed.notified(
          records,
          others.map((contact) => neighbourhood.known(contact)),
        );
        return exchanges.notify.answer.encode(this.#ping()).finish();
      }),
    ];
    return () => {
      for (const unregister of registered) unregister();
    };
  }

  #serve<Q extends { readonly addresses: string[] }, A>(
    { kind, question, answer }: Exchange<Q, A>,
    handle: (question: Q, from: Contact) => A,
  ): Unsubscribe {
    const { links, metrics, neighbourhood } = this.#deps;
    return links.handleRequest(kind, (link, body) => {
      const asked = decodeMessage(question, body, 'request');
      const from = { id: link.peer, addresses: provenFirst(link, addressesOf(asked.addresses)) };
      metrics.served.inc();
      const response = handle(asked, from);
      neighbourhood.seen(from);
      return answer.encode(response).finish();
    });
  }

  #ping(): Answer<'ping'> {
    return { addresses: [...this.#deps.ownAddresses()] };
  }

  #findNode({ target }: Question<'findNode'>, from: NodeId): Answer<'findNode'> {
    return { contacts: this.#nearest(decodeNodeId(target, 'a target'), from) };
  }

  #findValue(question: Question<'findValue'>, from: NodeId): Answer<'findValue'> {
    const key = keyOf(question.key);
    const { page, next } = pageOf(this.#deps.store.records(key), question.offset);
    const count = page.length > 0 ? Math.min(namedBesideRecords, this.#k) : this.#k;
    const contacts = question.offset === 0 ? this.#nearest(key, from, count) : [];
    return { contacts, records: page, next };
  }

  #store({ records }: Question<'store'>): Answer<'store'> {
    const { store, metrics, neighbourhood } = this.#deps;
    const { taken, refused } = mergeAll(store, records, metrics, ({ key }) =>
      neighbourhood.accepts(key),
    );
    return { taken: taken.length, refused };
  }

  #watch({ key: bytes, leaseMs }: Question<'watch'>, from: Contact): Answer<'watch'> {
    const { leases, store } = this.#deps;
    const key = keyOf(bytes);
    return { leaseMs: leases.grant(from, key, leaseMs), digest: store.digest(key) };
  }

  #nearest(target: Id, except: NodeId, count = this.#k): Answer<'findNode'>['contacts'] {
    return this.#deps.neighbourhood.table
      .closest(target, count + 1)
      .filter(({ id }) => !id.equals(except))
      .slice(0, count)
      .map(contactMessage);
  }
}

/**
 * A peer's addresses with the one first that its packets really come from: limits per subnet must not be
 * dodged by claiming somebody else's.
 */
function provenFirst({ remoteAddress }: Link, claimed: readonly Address[]): Address[] {
  const proven = claimed.filter(({ host }) => host === remoteAddress.host);
  const others = claimed.filter(({ host }) => host !== remoteAddress.host);
  if (proven.length > 0) return [...proven, ...others];
  if (subnetOf(remoteAddress.host) === undefined && others.length > 0) return others;
  const port = others[0]?.port ?? remoteAddress.port;
  return [{ host: remoteAddress.host, port }, ...others].slice(0, 4);
}
