import type { FrameView, Link, NodeId, Realm } from '@macula/core';
import {
  EventControl,
  EventControl_Action,
  FrameKind,
  FrameWriter,
  headerOf,
  TreeControl_Action,
} from '@macula/wire';
import { EventHeaderReader } from '../event-header.ts';
import type { Subscriber } from '../subscribe/subscriber.ts';
import { EventSeal } from '../tree/event-seal.ts';
import { TreeEventWriter } from '../tree/tree-event.ts';
import { readPlace, readStatus, readTreeControl, writeStatus } from '../tree/tree-frames.ts';
import {
  authenticPlan,
  type AuthenticPlan,
  type TreeAssignment,
  type TreeVerifier,
} from '../tree/tree-plan.ts';
import { memberHash, provenRoot } from '../tree/tree-proof.ts';
import { TreePlace, type TreePlaceDeps } from './tree-place.ts';

export interface TreePlacesDeps extends Omit<
  TreePlaceDeps,
  'events' | 'writer' | 'known' | 'deliver' | 'introduce' | 'onForged' | 'onClosed'
> {
  readonly realm: Realm;
  readonly subscriber: Subscriber;
  /** Undefined: this node takes part in no tree. */
  readonly verify: TreeVerifier | undefined;
}

/** The places that this node has in trees of publishers it subscribes to. */
export class TreePlaces {
  readonly #deps: TreePlacesDeps;
  readonly #placeDeps: TreePlaceDeps;
  readonly #byLink = new Map<Link, Map<number, TreePlace>>();
  readonly #header = new EventHeaderReader();
  readonly #writer = new FrameWriter();
  /** By publisher. */
  readonly #taken = new Map<string, number>();
  #size = 0;

  constructor(deps: TreePlacesDeps) {
    this.#deps = deps;
    const { subscriber } = deps;
    this.#placeDeps = {
      ...deps,
      events: new TreeEventWriter(),
      writer: this.#writer,
      known: ({ publisher, name }) => subscriber.topics.get(publisher, name),
      deliver: (place, topic, frame) => subscriber.receiveVia(place, topic, frame),
      introduce: (place, topic, since, elsewhere) =>
        subscriber.introduceVia(place, topic, since, elsewhere),
      onForged: (place) => this.#accuse(place),
      onClosed: (place) => this.#forget(place),
    };
  }

  get size(): number {
    return this.#size;
  }

  /** Handles TREE: takes the place, if the publisher has signed that it is this node's. Throws ProtocolError. */
  assign(link: Link, frame: FrameView): void {
    const { alias, ...assignment } = readPlace(headerOf(frame));
    const plan = this.#accepted(link, assignment);
    if (plan === undefined) {
      this.#deps.tally.tree('refused');
      const refusal = { ready: false, acknowledged: 0, holding: [], lost: [0] };
      link.send(this.#writer.empty().frame(FrameKind.treeStatus, writeStatus(alias, refusal)));
      return;
    }
    const { publisher, topic: name, epoch, number } = plan;
    let places = this.#byLink.get(link);
    if (places === undefined) this.#byLink.set(link, (places = new Map()));
    places.get(alias)?.close();
    const tree = { publisher, name, epoch, number, seal: this.#sealOf(plan, assignment) };
    const place = new TreePlace(this.#placeDeps, link, alias, tree, assignment.members);
    // Closing the former place may have taken the link's table away.
    this.#byLink.set(link, places.set(alias, place));
    this.#count(place, 1);
    this.#deps.tally.tree('joined');
    place.open(assignment);
  }

  /** Handles TREE_EVENT. Throws ProtocolError. */
  receive(link: Link, frame: FrameView): void {
    const header = this.#header;
    header.read(frame.bytes, frame.headerStart, frame.headerEnd);
    const place = this.#byLink.get(link)?.get(header.alias);
    if (place === undefined) this.#deps.tally.dropped('unknown_alias');
    else place.receive(frame, header);
  }

  /** Handles TREE_CONTROL. Throws ProtocolError. */
  control(link: Link, frame: FrameView): void {
    const fields = readTreeControl(headerOf(frame));
    const place = this.#byLink.get(link)?.get(fields.alias);
    if (place === undefined) return;
    const { topic } = place;
    const known = this.#deps.subscriber.topics.get(topic.publisher, topic.name);
    if (fields.action === TreeControl_Action.START) {
      for (const other of known?.places ?? []) {
        if (other instanceof TreePlace && other.number < place.number) other.supersede();
      }
    }
    place.control(fields);
    if (fields.action === TreeControl_Action.RELEASE && known?.epoch === topic.epoch) {
      this.#deps.subscriber.topics.forget(known);
    }
  }

  /** Handles TREE_STATUS, which may concern trees of this node, too. Throws ProtocolError. */
  status(link: Link, frame: FrameView): void {
    const { alias, ...status } = readStatus(headerOf(frame));
    this.#deps.aliases.get(alias)?.childStatus(link, status);
  }

  /** Gives all places up. */
  close(): void {
    for (const places of [...this.#byLink.values()]) {
      for (const place of [...places.values()]) place.resign();
    }
  }

  /** The plan, if the place is this node's, and it wants the topic. */
  #accepted(link: Link, assignment: TreeAssignment): AuthenticPlan | undefined {
    const { links, limits, realm, subscriber, verify } = this.#deps;
    const { members, proof } = assignment;
    if (verify === undefined || this.#size >= limits.maxTreePlaces) return undefined;
    if (members[0]?.equals(links.self) !== true) return undefined;
    const root = provenRoot(memberHash(members, 0, members.length), proof);
    if (root === undefined) return undefined;
    const plan = authenticPlan(assignment, verify);
    if (plan?.realm !== realm || Buffer.compare(plan.root, root) !== 0) return undefined;
    const { publisher } = plan;
    if (this.#takenBy(publisher) >= limits.maxTreePlacesPerPublisher) return undefined;
    const parent = proof[0]?.parent ?? publisher;
    if (!parent.equals(link.peer) || publisher.equals(links.self)) return undefined;
    return subscriber.wants(plan.topic) ? plan : undefined;
  }

  #sealOf({ sealed }: AuthenticPlan, assignment: TreeAssignment): EventSeal | undefined {
    const { verify } = this.#deps;
    return sealed && verify !== undefined ? new EventSeal(assignment, verify) : undefined;
  }

  /** Asks the publisher to serve this node straight: the parent would hardly pass that on. */
  #accuse({ topic: { publisher, epoch } }: TreePlace): void {
    const action = EventControl_Action.STRAIGHT;
    const header = EventControl.encode({ action, alias: 0, epoch }).finish();
    this.#deps.links.link(publisher).then(
      (link) => link.send(this.#writer.empty().frame(FrameKind.eventControl, header)),
      // It is asked again when there is more that is forged.
      () => undefined,
    );
  }

  #forget(place: TreePlace): void {
    const places = this.#byLink.get(place.link);
    if (places?.get(place.alias) !== place) return;
    places.delete(place.alias);
    this.#count(place, -1);
    if (places.size === 0) this.#byLink.delete(place.link);
  }

  #takenBy(publisher: NodeId): number {
    return this.#taken.get(publisher.key) ?? 0;
  }

  #count({ topic: { publisher } }: TreePlace, by: 1 | -1): void {
    this.#size += by;
    const taken = this.#takenBy(publisher) + by;
    if (taken > 0) this.#taken.set(publisher.key, taken);
    else this.#taken.delete(publisher.key);
  }
}
