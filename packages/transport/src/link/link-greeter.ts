import { ProtocolError } from '@macula/core';
import type {
  GreetingDialogue,
  GreetingMessage,
  GreetingResult,
  GreetingStep,
} from '../greeting/greeting-step.ts';

export interface LinkGreeterOwner {
  /** Send these, in order. */
  greet(messages: readonly GreetingMessage[]): void;
  /** Both sides have said what they had to; `messages` are due once the link has been admitted. */
  greeted(result: GreetingResult, messages: readonly GreetingMessage[]): void;
  greetingFailed(error: unknown): void;
}

/** Leads a link's greeting, one frame at a time. */
export class LinkGreeter {
  private readonly dialogue: GreetingDialogue;
  private readonly owner: LinkGreeterOwner;
  private over = false;

  constructor(dialogue: GreetingDialogue, owner: LinkGreeterOwner) {
    this.dialogue = dialogue;
    this.owner = owner;
  }

  begin(): void {
    this.owner.greet(this.dialogue.opening());
  }

  receive(kind: number, header: Uint8Array): void {
    if (this.over) throw new ProtocolError('a greeting frame came after the greeting');
    try {
      const step = this.dialogue.receive(kind, header);
      if (step instanceof Promise) step.then(this.take, this.fail);
      else this.take(step);
    } catch (error) {
      this.fail(error);
    }
  }

  stop(): void {
    this.over = true;
  }

  private readonly take = (step: GreetingStep): void => {
    if (this.over) return;
    if (step.result === undefined) {
      this.owner.greet(step.messages);
      return;
    }
    this.over = true;
    this.owner.greeted(step.result, step.messages);
  };

  private readonly fail = (error: unknown): void => {
    if (this.over) return;
    this.over = true;
    this.owner.greetingFailed(error);
  };
}
