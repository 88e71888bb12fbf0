/**
 * Numbers of frame kinds, as docs/protocol.md lists them. The upper four bits choose the traffic
 * class: 0x1_ events, 0x2_ calls, all others control.
 */
export const FrameKind = {
  /* session */
  hello: 0x01,
  proof: 0x02,
  ping: 0x03,
  pong: 0x04,
  request: 0x05,
  response: 0x06,
  streamOpen: 0x07,
  goodbye: 0x08,
  /* events */
  topic: 0x10,
  event: 0x11,
  eventAck: 0x12,
  eventControl: 0x13,
  tree: 0x14,
  treeEvent: 0x15,
  treeControl: 0x16,
  treeStatus: 0x17,
  inlet: 0x18,
  /* calls */
  procedure: 0x20,
  call: 0x21,
  result: 0x22,
  callError: 0x23,
  cancel: 0x24,
  callStream: 0x27,
  callStreamItem: 0x28,
  callStreamEnd: 0x29,
  /* membership */
  peers: 0x30,
  memberUpdate: 0x31,
  leave: 0x32,
  swimProbe: 0x33,
  swimProbeRequest: 0x34,
  swimAck: 0x35,
  swimNack: 0x36,
  swimGossip: 0x37,
  swimSync: 0x38,
  /* directory */
  directoryDigest: 0x40,
  directoryEntries: 0x41,
  directoryWanted: 0x42,
  kademliaPing: 0x43,
  kademliaFindNode: 0x44,
  kademliaFindValue: 0x45,
  kademliaStore: 0x46,
  kademliaWatch: 0x47,
  kademliaNotify: 0x48,
  kademliaCompare: 0x49,
  /* replicated data */
  replicaDelta: 0x70,
  replicaDigest: 0x71,
  replicaWanted: 0x72,
  replicaState: 0x73,
  replicaAck: 0x74,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];
