import type { Address } from '@macula/core';

/** A frame of the greeting, to be sent on the control stream with an empty payload. */
export interface GreetingMessage {
  /** `FrameKind.hello` or `FrameKind.proof`. */
  readonly kind: number;
  /** The encoded protobuf message. */
  readonly header: Uint8Array;
}

/** What both sides have agreed on and what the peer said of itself. */
export interface GreetingResult {
  /** The highest protocol version that both sides speak. */
  readonly version: number;
  /** Features that both sides announced. */
  readonly features: ReadonlySet<string>;
  /** Where the peer says that its listener can be dialled; bounded and parsed, not verified. */
  readonly addresses: readonly Address[];
  /** Name and version of the peer's software, for logs; bounded and printable. */
  readonly agent: string;
}

/** What to do after a received greeting frame. */
export interface GreetingStep {
  /** To be sent now, in order; where there is a `result`, only after the link has been admitted. */
  readonly messages: readonly GreetingMessage[];
  /** Set when the greeting is complete on this side. */
  readonly result?: GreetingResult;
}

/**
 * The greeting of one link, without I/O. The dialling side speaks first; the accepting side sends
 * its last message only when it has taken the link, so that a dialler never believes in a link that
 * the other side refuses.
 */
export interface GreetingDialogue {
  /** What this side sends before it has received anything: Hello when it dialled, nothing when it accepts. */
  opening(): readonly GreetingMessage[];
  /**
   * Takes the next greeting frame. Throws an error of which `greetingCloseCode` tells the
   * LinkCloseCode; the link then closes with it. The step is a promise only where making a proof takes
   * time; the peer has nothing to say until it has that proof, so a frame that comes meanwhile throws.
   */
  receive(kind: number, header: Uint8Array): GreetingStep | Promise<GreetingStep>;
}
