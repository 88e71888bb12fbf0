export type { Dict } from './dict.ts';
export { WampUri } from './error-uri.ts';
export { ProtocolViolation, WampError } from './errors.ts';
export type { MessageName, RequestName, WampMessage } from './message/message.ts';
export { messageFromList, messageToList } from './message/message-codec.ts';
export { cborSerializer } from './serializer/cbor-serializer.ts';
export { jsonSerializer } from './serializer/json-serializer.ts';
export { readable as valueFromJson, rewritten as valueForJson } from './serializer/json-value.ts';
export { msgpackSerializer } from './serializer/msgpack-serializer.ts';
export type { Serializer } from './serializer/serializer.ts';
export { serializerFor, serializers } from './serializer/serializers.ts';
export { freshId, isId, largestId, randomId } from './wamp-id.ts';
export { anonymous } from './auth/anonymous.ts';
export type {
  Applicant,
  AuthChallenge,
  AuthMethod,
  AuthServices,
  Grant,
} from './auth/auth-method.ts';
export { cryptosign, type KeyHolder } from './auth/cryptosign.ts';
export { type Lookup, ticket, type TicketHolder } from './auth/ticket.ts';
export { type CraUser, deriveCraKey, wampcra } from './auth/wampcra.ts';
export type { InvokePolicy, MeshCall, MeshEvent, MeshOffer, MeshPort } from './mesh-port.ts';
export { switchRealms } from './realm-switch.ts';
export {
  createWampRouter,
  type WampConnection,
  type WampEntrance,
  type WampRouter,
  type WampRouterDeps,
} from './router.ts';
export type { WampAction, WampRouterOptions } from './router-options.ts';
export { serveWamp, type WampEndpointOptions, type WampRealm } from './server/serve-wamp.ts';
export { startWampServer, type WampServer, type WampServerOptions } from './server/wamp-server.ts';
export type { SessionTransport } from './session/session-transport.ts';
