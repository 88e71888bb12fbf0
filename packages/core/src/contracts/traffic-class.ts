/** Traffic that must not delay other traffic: each class has its own stream and its own bounded queue on a link. */
export type TrafficClass = 'control' | 'events' | 'calls';

/** All traffic classes, in the order of their stream numbers. */
export const trafficClasses: readonly TrafficClass[] = ['control', 'events', 'calls'];

/**
 * The class a frame kind travels in: 0x10-0x1f are events, 0x20-0x2f are calls, all others control
 * (see the table of kinds in docs/protocol.md).
 */
export function trafficClassOf(kind: number): TrafficClass {
  const group = kind >>> 4;
  return group === 1 ? 'events' : group === 2 ? 'calls' : 'control';
}
