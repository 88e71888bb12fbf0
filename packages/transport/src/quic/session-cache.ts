/** TLS session tickets by peer, for 0-RTT reconnects; the longest unused goes first. */
export class SessionCache {
  private readonly sessions = new Map<string, Uint8Array>();
  private readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.sessions.size;
  }

  /** Takes the ticket out: each serves one reconnect, so that connections cannot be linked by it (RFC 8446 §C.4). */
  take(peer: string): Uint8Array | undefined {
    const session = this.sessions.get(peer);
    this.sessions.delete(peer);
    return session;
  }

  put(peer: string, session: Uint8Array): void {
    this.sessions.delete(peer);
    this.sessions.set(peer, session);
    if (this.sessions.size > this.limit) {
      const oldest = this.sessions.keys().next();
      if (oldest.done !== true) this.sessions.delete(oldest.value);
    }
  }
}
