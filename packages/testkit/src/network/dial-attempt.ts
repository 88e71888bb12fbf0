import type { Address, NodeId } from '@macula/core';
import { Handshake } from './handshake.ts';
import type { Medium } from './medium.ts';
import type { MemoryLink } from './memory-link.ts';
import type { MemoryNode } from './memory-node.ts';
import { Path } from './path.ts';

/** What an attempt needs of its network. */
export interface Meeting {
  nodeAt(address: Address): MemoryNode | undefined;
  /** The dialler's end of the connection with `responder`: a new one over `paths`, or one that is there already. */
  endBetween(
    dialler: MemoryNode,
    responder: MemoryNode,
    address: Address,
    paths: readonly [there: Path, back: Path],
  ): MemoryLink;
}

type Answer = { readonly link: MemoryLink } | { readonly refusal: Error };

/**
 * One handshake: a packet to the responder, its answer back. The dialler's end opens after one round
 * trip, the responder's end half a round trip later, as with TLS 1.3 and client certificates.
 */
export class DialAttempt extends Handshake {
  private readonly meeting: Meeting;
  private readonly dialler: MemoryNode;
  private readonly expected: NodeId | undefined;
  private answer: Answer | undefined;
  private paths: readonly [Path, Path] | undefined;

  constructor(
    medium: Medium,
    meeting: Meeting,
    dialler: MemoryNode,
    address: Address,
    expected: NodeId | undefined,
  ) {
    super(medium, address);
    this.meeting = meeting;
    this.dialler = dialler;
    this.expected = expected;
    this.ask();
  }

  /** Gives up. A connection that is there already opens all the same: others may wait for it. */
  cancel(error: Error): void {
    if (this.answer === undefined) this.medium.deliveries.cancel(this);
    this.failWith(error);
  }

  arrive(): void {
    if (this.answer === undefined) this.reachResponder();
    else this.conclude(this.answer);
  }

  private ask(): void {
    const responder = this.meeting.nodeAt(this.address);
    if (responder === undefined || responder.condition === 'stopped') {
      this.settleAt(new Path(this.medium, this.dialler, this.dialler).reliableArrival(0), {
        refusal: this.unreachable('nobody listens there'),
      });
      return;
    }
    if (responder !== this.paths?.[0].to) {
      this.paths = [
        new Path(this.medium, this.dialler, responder),
        new Path(this.medium, responder, this.dialler),
      ];
    }
    this.medium.deliveries.schedule(this, this.paths[0].reliableArrival(0));
  }

  private reachResponder(): void {
    const [there, back] = this.paths as readonly [Path, Path];
    if (this.meeting.nodeAt(this.address) !== there.to || there.to.condition === 'stopped') {
      this.ask();
      return;
    }
    if (!there.open || !back.open || !this.mayOpen(there.to as MemoryNode)) {
      if (!this.retry()) this.failWith(this.unreachable('it does not answer'));
      return;
    }
    this.settleAt(back.reliableArrival(0), this.meet(there.to as MemoryNode, [there, back]));
  }

  private mayOpen(responder: MemoryNode): boolean {
    const { nat } = responder.identity;
    return (
      (nat === undefined || nat === this.dialler.identity.nat) &&
      this.medium.conditions.mayOpen(this.dialler.self, responder.self)
    );
  }

  private meet(responder: MemoryNode, paths: readonly [Path, Path]): Answer {
    const refusal =
      responder === this.dialler
        ? this.unreachable('it is this node itself')
        : this.refusalOf(this.dialler.identity, responder.identity, this.expected);
    if (refusal !== undefined) return { refusal };
    return { link: this.meeting.endBetween(this.dialler, responder, this.address, paths) };
  }

  private conclude(answer: Answer): void {
    if ('refusal' in answer) {
      this.failWith(answer.refusal);
      return;
    }
    const { link } = answer;
    const [, back] = this.paths as readonly [Path, Path];
    if (!back.open) {
      if (this.retry()) return;
      link.connection.silence();
    }
    if (link.initiator && link.state === 'early') link.open();
    this.concludeWith(link);
  }

  private settleAt(time: number, answer: Answer): void {
    this.answer = answer;
    this.medium.deliveries.schedule(this, time);
  }

  /** Tries once more a little later; false when there is no time left. */
  private retry(): boolean {
    if (!this.hasTime) return false;
    this.scheduleRetry();
    return true;
  }
}
