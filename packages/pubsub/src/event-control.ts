import { decodeMessage, EventControl, EventControl_Action } from '@macula/wire';

/** Reads an EVENT_CONTROL header. Throws ProtocolError. */
export function readControl(header: Uint8Array): EventControl {
  return decodeMessage(EventControl, header, 'event control header');
}

/** Whether a control frame comes from a publisher. */
export function isRelease({ action }: EventControl): boolean {
  return action === EventControl_Action.RELEASE;
}

/** The subscriber does not take an event. */
export function isRefusal({ action }: EventControl): boolean {
  return action === EventControl_Action.REFUSE;
}

/** The subscriber does not trust the tree. */
export function isDistrust({ action }: EventControl): boolean {
  return action === EventControl_Action.STRAIGHT;
}

/** The subscriber asks for a topic anew. */
export function isRestart({ action }: EventControl): boolean {
  return action === EventControl_Action.RESTART;
}
