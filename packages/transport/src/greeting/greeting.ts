import {
  formatAddress,
  type Address,
  type NodeId,
  ProtocolError,
  WrongRealmError,
} from '@macula/core';
import type { RealmAdmission, RealmTranscript } from '@macula/identity';
import { FrameKind, FrameTooLargeError, Hello, negotiate, type Offer, Proof } from '@macula/wire';
import { NotAdmittedError } from '../errors.ts';
import { greetingChart, type GreetingEvent } from './greeting-machine.ts';
import type {
  GreetingDialogue,
  GreetingMessage,
  GreetingResult,
  GreetingStep,
} from './greeting-step.ts';
import { type PeerHello, readHello } from './peer-hello.ts';

/** Bytes of the longest Proof that is read: a certificate and a signature fit. */
const maxProofBytes = 16 * 1024;

export interface GreetingDependencies {
  /** The realm, and how it admits members. */
  readonly admission: RealmAdmission;
  readonly self: NodeId;
  /** Whom the connection's certificate has proven to be there. */
  readonly peer: NodeId;
  readonly initiator: boolean;
  /** 32 fresh random bytes. */
  readonly nonce: Uint8Array;
  /** What this node announces of itself. */
  readonly offer: Offer;
  /** Where this node's listener can be dialled. */
  readonly addresses: readonly Address[];
  /** Name and version of this software. */
  readonly agent: string;
}

/**
 * One link's greeting: the same realm, membership proven in both directions, a common version (see
 * greeting-machine.ts for the order). Proofs are made over both NodeIds that TLS has proven and both
 * nonces, so they are worth nothing on another connection, at another time, or sent back.
 *
 * Throws from `receive`: WrongRealmError, NotAdmittedError, VersionMismatchError, FrameTooLargeError, ProtocolError.
 */
export class Greeting implements GreetingDialogue {
  private readonly deps: GreetingDependencies;
  private state = greetingChart.initial;
  /** A proof is being made; the peer must wait for it. */
  private busy = false;
  private peerHello: PeerHello | undefined;

  constructor(deps: GreetingDependencies) {
    this.deps = deps;
  }

  opening(): readonly GreetingMessage[] {
    return this.deps.initiator ? [this.hello()] : [];
  }

  receive(kind: number, header: Uint8Array): GreetingStep | Promise<GreetingStep> {
    try {
      const step = this.answer(kind, header);
      return step instanceof Promise ? step.catch((error: unknown) => this.refuse(error)) : step;
    } catch (error) {
      return this.refuse(error);
    }
  }

  private answer(kind: number, header: Uint8Array): GreetingStep | Promise<GreetingStep> {
    if (this.busy) throw new ProtocolError('the peer did not wait for its turn in the greeting');
    if (kind === FrameKind.hello && this.state === 'awaitingHello') {
      return this.receiveHello(readHello(header));
    }
    if (kind === FrameKind.proof && this.state === 'awaitingProof') {
      return this.receiveProof(header);
    }
    throw new ProtocolError(
      `a frame of kind 0x${kind.toString(16)} came while the greeting was ${this.state}`,
    );
  }

  private receiveHello(hello: PeerHello): GreetingStep | Promise<GreetingStep> {
    const { admission, initiator, nonce } = this.deps;
    if (hello.realm !== admission.realm) {
      throw new WrongRealmError('the two nodes are not of the same realm');
    }
    if (hello.admission !== admission.method) {
      throw new NotAdmittedError(
        `this node admits members of the realm by ${admission.method}, the peer by something else`,
      );
    }
    if (Buffer.compare(hello.nonce, nonce) === 0) {
      throw new ProtocolError('the peer sent this node its own nonce back');
    }
    const result = this.agree(hello);
    this.peerHello = hello;
    if (admission.method === 'open') {
      this.advance('helloSuffices');
      return { messages: initiator ? [] : [this.hello()], result };
    }
    this.advance('helloFits');
    return initiator ? this.prove(hello) : { messages: [this.hello()] };
  }

  private receiveProof(header: Uint8Array): GreetingStep | Promise<GreetingStep> {
    if (header.length > maxProofBytes) {
      throw new FrameTooLargeError(
        `a Proof of ${header.length} bytes; ${maxProofBytes} is the most`,
      );
    }
    const hello = this.peerHello as PeerHello;
    const { self, peer, nonce, admission } = this.deps;
    const transcript: RealmTranscript = {
      realm: admission.realm,
      proverId: peer,
      verifierId: self,
      proverNonce: hello.nonce,
      verifierNonce: nonce,
    };
    if (!admission.verify(transcript, readProof(header))) {
      throw new NotAdmittedError('the proof of membership of the realm does not hold');
    }
    this.advance('proofHolds');
    const result = this.agree(hello);
    return this.deps.initiator ? { messages: [], result } : this.prove(hello, result);
  }

  /** This side's proof, and with it the `result` where it is the last word. */
  private prove(hello: PeerHello, result?: GreetingResult): GreetingStep | Promise<GreetingStep> {
    const { self, peer, nonce, admission } = this.deps;
    const proof = admission.prove({
      realm: admission.realm,
      proverId: self,
      verifierId: peer,
      proverNonce: nonce,
      verifierNonce: hello.nonce,
    });
    if (!(proof instanceof Promise)) return stepWithProof(proof, result);
    this.busy = true;
    return proof.then((bytes) => {
      this.busy = false;
      return stepWithProof(bytes, result);
    });
  }

  private agree(hello: PeerHello): GreetingResult {
    const { version, features } = negotiate(this.deps.offer, hello);
    return { version, features, addresses: hello.addresses, agent: hello.agent };
  }

  private hello(): GreetingMessage {
    const { admission, nonce, offer, addresses, agent } = this.deps;
    const header = Hello.encode({
      versions: [...offer.versions],
      features: [...offer.features],
      realm: admission.realm,
      nonce,
      addresses: addresses.map(formatAddress),
      agent,
      admission: admission.method,
    }).finish();
    return { kind: FrameKind.hello, header };
  }

  private refuse(error: unknown): never {
    this.advance('refused');
    throw error;
  }

  private advance(event: GreetingEvent['type']): void {
    this.state = greetingChart.next(this.state, event);
  }
}

function stepWithProof(proof: Uint8Array, result: GreetingResult | undefined): GreetingStep {
  const header = Proof.encode({ proof }).finish();
  const messages = [{ kind: FrameKind.proof, header }];
  return result === undefined ? { messages } : { messages, result };
}

function readProof(header: Uint8Array): Uint8Array {
  try {
    return Proof.decode(header).proof;
  } catch (cause) {
    throw new ProtocolError('a Proof that cannot be decoded', { cause });
  }
}
