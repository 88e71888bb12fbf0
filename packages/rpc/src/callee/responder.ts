import type { FrameView } from '@macula/core';
import type { CallHandler } from '../call-context.ts';
import { type CallLink, PerLink } from '../call-link.ts';
import { DeadlineList } from '../deadline-list.ts';
import type { RpcContext } from '../rpc-context.ts';
import { IncomingCalls } from './incoming-calls.ts';
import type { Invocation } from './invocation.ts';
import type { Procedures } from './procedures.ts';

/** Answers calls, from whichever link they come. */
export class Responder {
  readonly #perLink: PerLink<IncomingCalls>;
  readonly #deadlines: DeadlineList<Invocation>;

  constructor(context: RpcContext, procedures: Procedures<CallHandler>) {
    this.#deadlines = new DeadlineList(context.clock);
    this.#perLink = new PerLink(
      (link) => new IncomingCalls(link, context, procedures, this.#deadlines),
      (calls) => calls.close(),
    );
  }

  /** Handlers that run now. */
  get running(): number {
    return this.#perLink.values().reduce((sum, calls) => sum + calls.active, 0);
  }

  onProcedure(link: CallLink, frame: FrameView): void {
    this.#perLink.getOrCreate(link).onProcedure(frame);
  }

  onCall(link: CallLink, frame: FrameView): void {
    this.#perLink.getOrCreate(link).onCall(frame);
  }

  onCancel(link: CallLink, frame: FrameView): void {
    this.#perLink.get(link)?.onCancel(frame);
  }

  stop(): void {
    for (const calls of this.#perLink.values()) calls.stop();
    this.#perLink.clear();
    this.#deadlines.stop();
  }
}
