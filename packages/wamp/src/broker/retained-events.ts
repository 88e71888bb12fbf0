import type { Pattern, Timer } from '@macula/core';
import type { MeshEvent } from '../mesh-port.ts';
import type { RouterContext } from '../router-context.ts';

/** Fetches what publishers have kept, for one subscriber at a time: the mesh gives it to new subscriptions only. */
export class RetainedEvents {
  readonly #context: RouterContext;
  readonly #open = new Set<() => void>();

  constructor(context: RouterContext) {
    this.#context = context;
  }

  /** Gives `receive` the kept events of matching topics as they come in, for `retainedTimeoutMs`. */
  fetch(pattern: Pattern, receive: (event: MeshEvent) => void): void {
    const { mesh, clock, settings, logger } = this.#context;
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
    const close = (): void => {
      open = false;
      timer?.cancel();
      this.#open.delete(close);
      subscribing
        .then((subscription) => subscription.unsubscribe())
        .catch((error: unknown) => logger.debug({ error }, 'kept events could not be fetched'));
    };
    this.#open.add(close);
    timer = clock.setTimer(close, settings.retainedTimeoutMs, { background: true });
  }

  stop(): void {
    for (const close of [...this.#open]) close();
  }
}
