import {
  FrameKind,
  KademliaCompare,
  KademliaDifference,
  KademliaFindNode,
  KademliaFindValue,
  KademliaNodes,
  KademliaNotify,
  KademliaPing,
  KademliaStore,
  KademliaStored,
  KademliaValue,
  KademliaWatch,
  KademliaWatched,
} from '@macula/wire';
import type { MessageType } from './messages.ts';
import type { Exchange } from './peer-requests.ts';

/** Every request of the protocol, with its messages. */
export const exchanges = {
  ping: exchange(FrameKind.kademliaPing, KademliaPing, KademliaPing),
  findNode: exchange(FrameKind.kademliaFindNode, KademliaFindNode, KademliaNodes),
  findValue: exchange(FrameKind.kademliaFindValue, KademliaFindValue, KademliaValue),
  store: exchange(FrameKind.kademliaStore, KademliaStore, KademliaStored),
  watch: exchange(FrameKind.kademliaWatch, KademliaWatch, KademliaWatched),
  notify: exchange(FrameKind.kademliaNotify, KademliaNotify, KademliaPing),
  compare: exchange(FrameKind.kademliaCompare, KademliaCompare, KademliaDifference),
};

type Exchanges = typeof exchanges;

/** What is asked in an exchange. */
export type Question<Name extends keyof Exchanges> =
  Exchanges[Name] extends Exchange<infer Q, unknown> ? Q : never;

/** What is answered in it. */
export type Answer<Name extends keyof Exchanges> =
  Exchanges[Name] extends Exchange<unknown, infer A> ? A : never;

function exchange<Q, A>(
  kind: number,
  question: MessageType<Q>,
  answer: MessageType<A>,
): Exchange<Q, A> {
  return { kind, question, answer };
}
