import { MaculaError, ProtocolError } from '@macula/core';

/** Bytes that are no state of the type: truncated, damaged, not canonical, or of another type. */
export class MalformedStateError extends ProtocolError {
  override readonly code = 'macula.crdt.malformed_state';
}

/** An element or value that has no MessagePack form, such as a function or a string with a lone surrogate. */
export class UnencodableValueError extends MaculaError {
  readonly code = 'macula.crdt.unencodable_value';
}

/** A timestamp lies farther in the future than the accepted clock skew. */
export class ClockSkewError extends MaculaError {
  readonly code = 'macula.crdt.clock_skew';
}

/** A document of that name exists with another type. */
export class DocumentTypeError extends MaculaError {
  readonly code = 'macula.crdt.document_type';
}

/** A store holds a record that nobody wrote: its checksum or its content is wrong. */
export class DamagedStoreError extends MaculaError {
  readonly code = 'macula.crdt.damaged_store';
}

/** A store could not read or write; `cause` says why. What was not yet acknowledged may be lost. */
export class StoreFailedError extends MaculaError {
  readonly code = 'macula.crdt.store_failed';
}
