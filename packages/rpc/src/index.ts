export type { CallContext, CallHandler, RequestContext } from './call-context.ts';
export {
  CallError,
  CalleeLostError,
  CalleeUnavailableError,
  CallTimeoutError,
  NoSuchProcedureError,
  OverloadedError,
  PayloadTooLargeError,
  ProcedureAlreadyExistsError,
} from './call-error.ts';
export type { AbortSource, CallOptions, StreamOptions } from './call-options.ts';
export { ErrorUri } from './error-uri.ts';
export type { ProcedureOffer } from './procedure-offer.ts';
export type { RegisterOptions, Registration, RegistrationConflict } from './register-options.ts';
export type { Invoke } from './resolve/invoke.ts';
export {
  decodeRegistration,
  registrationKey,
  type RegistrationRecord,
} from './resolve/registration-record.ts';
export { createRpc, type Rpc, type RpcDependencies } from './rpc.ts';
export type { RpcOptions } from './rpc-options.ts';
export type { CallStream, ItemStream, StreamHandler } from './stream/item-stream.ts';
export { Message, withKwargs } from '@macula/wire';
