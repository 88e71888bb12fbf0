import {
  type Address,
  formatAddress,
  type Logger,
  MaculaError,
  PeerUnreachableError,
  silentLogger,
} from '@macula/core';

/** Hears from a node's log why it cannot join, address by address. */
export class BootstrapFailures {
  readonly #byAddress = new Map<string, Error>();

  /** The logger for the node; it tells nothing to anybody else. */
  readonly logger: Logger = {
    ...silentLogger,
    debug: (fields) => this.#hear(fields),
    warn: (fields) => this.#hear(fields),
    child: () => this.logger,
  };

  #hear({ address, error }: Readonly<Record<string, unknown>>): void {
    if (typeof address === 'string' && error instanceof Error) this.#byAddress.set(address, error);
  }

  /** Why none of the addresses led into the realm. */
  explain(bootstrap: readonly Address[], realm: string, waitedMs: number): PeerUnreachableError {
    const reasons = bootstrap.map((address) => {
      const text = formatAddress(address);
      return explained(text, realm, waitedMs, this.#byAddress.get(text));
    });
    return new PeerUnreachableError(reasons.join('; '));
  }
}

function explained(address: string, realm: string, waitedMs: number, error?: Error): string {
  const reason = root(error);
  const code = reason instanceof MaculaError ? reason.code : undefined;
  if (code === 'macula.peer.wrong_realm') return `the node at ${address} is not in realm ${realm}`;
  if (code === 'macula.peer.not_admitted') {
    return `the node at ${address} is in realm ${realm}, but does not admit this one (${reason?.message}): check --secret-file or MACULA_REALM_SECRET`;
  }
  const why = reason === undefined ? '' : `: ${reason.message}`;
  return `no node answers at ${address} within ${waitedMs} ms${why}`;
}

/** Who dials in vain again and again is told to wait, and only the cause says why. */
function root(error: Error | undefined): Error | undefined {
  return error?.cause instanceof MaculaError ? root(error.cause) : error;
}
