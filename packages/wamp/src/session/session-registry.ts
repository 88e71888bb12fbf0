import type { ClientSession } from './client-session.ts';

/** The clients that have joined. */
export class SessionRegistry {
  readonly #byId = new Map<number, ClientSession>();

  get size(): number {
    return this.#byId.size;
  }

  has(id: number): boolean {
    return this.#byId.has(id);
  }

  get(id: number): ClientSession | undefined {
    return this.#byId.get(id);
  }

  add(session: ClientSession): void {
    this.#byId.set(session.id, session);
  }

  delete(session: ClientSession): void {
    this.#byId.delete(session.id);
  }

  all(): Iterable<ClientSession> {
    return this.#byId.values();
  }
}
