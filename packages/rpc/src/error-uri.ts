/**
 * URIs of the errors that Macula itself raises for a call. WAMP's where WAMP has one, so that code moved
 * from a router keeps working; applications choose their own beside them.
 */
export const ErrorUri = {
  /** The arguments do not decode, or the handler found them unacceptable. */
  invalidArgument: 'wamp.error.invalid_argument',
  /** Nobody has registered the procedure. */
  noSuchProcedure: 'wamp.error.no_such_procedure',
  /** Somebody else holds the procedure under a policy that excludes this registration. */
  procedureAlreadyExists: 'wamp.error.procedure_already_exists',
  /** The call ended before its handler did: the callee was lost or stopped. */
  canceled: 'wamp.error.canceled',
  /** The deadline passed. */
  timeout: 'wamp.error.timeout',
  /** The handler threw something that is no CallError. */
  runtimeError: 'wamp.error.runtime_error',
  /** Registered, but every callee is unreachable or has its circuit open. */
  noAvailableCallee: 'wamp.error.no_available_callee',
  /** Arguments, result or error do not fit into a frame. */
  payloadSizeExceeded: 'wamp.error.payload_size_exceeded',
  /** The callee answered with what the protocol does not allow. */
  protocolViolation: 'wamp.error.protocol_violation',
  /** The callee works on as many calls as it allows; another one may have room. */
  overloaded: 'macula.error.overloaded',
} as const;
export type ErrorUri = (typeof ErrorUri)[keyof typeof ErrorUri];
