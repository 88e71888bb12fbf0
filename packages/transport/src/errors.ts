import { MaculaError } from '@macula/core';

/** The peer, or this node, does not fulfil what the realm asks of members. */
export class NotAdmittedError extends MaculaError {
  readonly code = 'macula.peer.not_admitted';
}

/** The peer has, or is making, another link with this node, and keeps that one. */
export class DuplicateLinkError extends MaculaError {
  readonly code = 'macula.link.duplicate';
}

/** The address, or the peer, is this node itself. */
export class SelfDialError extends MaculaError {
  readonly code = 'macula.dial.self';
}

/** The peer has no room for this link now. */
export class PeerOverloadedError extends MaculaError {
  readonly code = 'macula.peer.overloaded';
}
