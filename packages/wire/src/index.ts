export { type Body, bodyOf, Message, readBody, type ReceivedBody, withKwargs } from './body.ts';
export { decodeDirectoryKey, decodeNodeId } from './decode-id.ts';
export { decodeMessage, type ReadableMessage } from './decode-message.ts';
export {
  decodeDetails,
  type Details,
  encodeDetails,
  maxDetailsLength,
  noDetails,
} from './details.ts';
export {
  FrameTooLargeError,
  InvalidPayloadError,
  MalformedBodyError,
  MalformedFrameError,
  MalformedMessageError,
  MalformedPayloadError,
} from './errors.ts';
export {
  defaultMaxFrameSize,
  FrameDecoder,
  type FrameDecoderOptions,
  readFrame,
} from './frame/frame-decoder.ts';
export { copyPayload, headerOf, payloadOf } from './frame/frame-parts.ts';
export { FrameWriter } from './frame/frame-writer.ts';
export { FrameKind } from './frame-kind.ts';
export {
  DirectoryDigest,
  DirectoryEntries,
  DirectoryPosition,
  DirectoryRecord,
  DirectoryWanted,
} from './gen/macula/v1/directory.ts';
export {
  KademliaCompare,
  KademliaContact,
  KademliaDifference,
  KademliaFindNode,
  KademliaFindValue,
  KademliaKeyDigest,
  KademliaNodes,
  KademliaNotify,
  KademliaPing,
  KademliaRecord,
  KademliaRecordContent,
  KademliaStore,
  KademliaStored,
  KademliaValue,
  KademliaWatch,
  KademliaWatched,
} from './gen/macula/v1/kademlia.ts';
export {
  Leave,
  MemberRecord,
  MemberRecord_Status,
  MemberUpdate,
  Peers,
} from './gen/macula/v1/membership.ts';
export {
  EventAck,
  EventControl,
  EventControl_Action,
  EventHeader,
  EventHeader_Retention,
  Inlet,
  Inlet_Action,
  Interest,
  Interest_Match,
  TopicHeader,
  Tree,
  TreeControl,
  TreeControl_Action,
  TreeLevel,
  TreePlan,
  TreeStatus,
} from './gen/macula/v1/pubsub.ts';
export {
  DocumentDigest,
  PartDigest,
  RangeDigest,
  ReplicaAck,
  ReplicaDelta,
  ReplicaDigest,
  ReplicaWanted,
} from './gen/macula/v1/replica.ts';
export {
  Call,
  CallFailure,
  CallResult,
  CallStreamEnd,
  CallStreamEnd_Outcome,
  CallStreamOpen,
  CancelCall,
  Procedure,
  ProcedureRegistration,
  ProcedureRegistration_Invoke,
  ProcedureRegistration_Match,
} from './gen/macula/v1/rpc.ts';
export {
  Goodbye,
  Hello,
  Ping,
  Proof,
  Request,
  Response,
  StreamOpen,
  StreamOpen_Use,
} from './gen/macula/v1/session.ts';
export {
  SwimGossip,
  SwimProbe,
  SwimProbeRequest,
  SwimRumour,
  SwimRumour_Status,
  SwimSync,
  SwimSyncAnswer,
} from './gen/macula/v1/swim.ts';
export {
  type Agreement,
  negotiate,
  type Offer,
  protocolVersion,
  VersionMismatchError,
} from './negotiation.ts';
export { encodeCanonical } from './payload/canonical.ts';
export { decodePayload, decodeValue, encodeValue } from './payload/payload-codec.ts';
export { maxPayloadDepth } from './payload/payload-depth.ts';
export {
  longestVarint,
  readVarint,
  type VarintCursor,
  varintLength,
  writeVarint,
} from './varint.ts';
