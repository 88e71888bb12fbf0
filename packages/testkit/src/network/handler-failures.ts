/** A frame, request or stream handler that threw. */
export interface HandlerFailure {
  /** Key of the node on which it ran. */
  readonly node: string;
  /** What ran, with the kind it was registered for. */
  readonly what: string;
  readonly error: unknown;
}

const kept = 100;

/** Adds to the failures that a network remembers: the last hundred. */
export function remember(failures: HandlerFailure[], failure: HandlerFailure): void {
  failures.push(failure);
  if (failures.length > kept) failures.shift();
}
