import type { Pattern, Timer } from '@macula/core';
import type { MeshEvent } from '../mesh-port.ts';
import type { RouterContext } from '../router-context.ts';
import type { ClientSession } from '../session/client-session.ts';

/** Fetches what publishers have kept, for one subscriber at a time: the mesh gives it to new subscriptions only. */
export class RetainedEvents {
  readonly #context: RouterContext;
  /** What ends a fetch, by who subscribes and by the key of the pattern: no more of them than there are subscriptions. */
  readonly #open = new Map<ClientSession, Map<string, () => void>>();

  constructor(context: RouterContext) {
    this.#context = context;
  }

  /** Gives `receive` the kept events of matching topics as they come in, for `retainedTimeoutMs` or until the subscriber leaves. */
  fetch(session: ClientSession, pattern: Pattern, receive: (event: MeshEvent) => void): void {
    const { mesh, clock, settings, logger } = this.#context;
    this.leave(session, pattern);
    let open = true;
    let timer: Timer | undefined = undefined;
    const subscribing = mesh.subscribe(
      pattern.text,
      (event) => {
        if (open && event.retained) receive(event);
      },
      // A stranger to everybody, so that what this router's own clients have kept comes, too.
      { match: pattern.match, getRetained: true, participant: {} },
    );
    const end = (): void => {
      open = false;
      timer?.cancel();
      subscribing
        .then((subscription) => subscription.unsubscribe())
        .catch((error: unknown) => logger.debug({ error }, 'kept events could not be fetched'));
    };
    const fetches = this.#open.get(session) ?? new Map<string, () => void>();
    this.#open.set(session, fetches.set(pattern.key, end));
    const expired = (): void => this.leave(session, pattern);
    timer = clock.setTimer(expired, settings.retainedTimeoutMs, { background: true });
  }

  /** The subscriber does not want them any more. */
  leave(session: ClientSession, { key }: Pattern): void {
    const fetches = this.#open.get(session);
    fetches?.get(key)?.();
    fetches?.delete(key);
    if (fetches?.size === 0) this.#open.delete(session);
  }

  leaveAll(session: ClientSession): void {
    this.#open.get(session)?.forEach((end) => end());
    this.#open.delete(session);
  }

  stop(): void {
    for (const session of [...this.#open.keys()]) this.leaveAll(session);
  }
}
