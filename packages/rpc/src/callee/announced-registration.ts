import type { Announcement, ConfirmOptions, PatternMatch } from '@macula/core';
import type { Registration, RegistrationConflict } from '../register-options.ts';
import type { Invoke } from '../resolve/invoke.ts';
import { eligibleOffers, type Offer } from '../resolve/offer.ts';
import type { RpcContext } from '../rpc-context.ts';

/** A registration in the directory, and whether it counts beside the others of its pattern. */
export class AnnouncedRegistration implements Registration {
  readonly #own: Offer;
  readonly #onConflict: ((conflict: RegistrationConflict) => void) | undefined;
  readonly #context: RpcContext;
  readonly #others: () => readonly Offer[];
  readonly #announcement: Announcement;
  readonly #release: () => void;
  #active = true;
  #withdrawn = false;

  constructor(
    own: Offer,
    onConflict: ((conflict: RegistrationConflict) => void) | undefined,
    context: RpcContext,
    others: () => readonly Offer[],
    announcement: Announcement,
    release: () => void,
  ) {
    this.#own = own;
    this.#onConflict = onConflict;
    this.#context = context;
    this.#others = others;
    this.#announcement = announcement;
    this.#release = release;
  }

  get id(): string {
    return this.#own.id;
  }

  get procedure(): string {
    return this.#own.pattern.text;
  }

  get match(): PatternMatch {
    return this.#own.pattern.match;
  }

  get invoke(): Invoke {
    return this.#own.invoke;
  }

  get active(): boolean {
    return this.#active && !this.#withdrawn;
  }

  /** Looks again at who else registered the pattern: two that registered at the same time, or apart in a partition, meet here. */
  review(): void {
    const wasActive = this.#active;
    const eligible = eligibleOffers([this.#own, ...this.#others()]);
    this.#active = eligible.includes(this.#own);
    const [winner] = eligible;
    if (this.#active || !wasActive || winner === undefined) return;
    const { metrics, logger } = this.#context;
    metrics.conflicts.inc();
    logger.warn(
      { procedure: this.procedure, winner: winner.node.key, invoke: winner.invoke },
      'another node registered the procedure earlier: this registration stands by',
    );
    try {
      this.#onConflict?.({
        procedure: this.procedure,
        winner: winner.node,
        invoke: winner.invoke,
      });
    } catch (error) {
      logger.error({ procedure: this.procedure, error }, 'onConflict failed');
    }
  }

  async confirmed(options?: ConfirmOptions): Promise<void> {
    await this.#announcement.confirmed?.(options);
  }

  unregister(): Promise<void> {
    if (!this.#withdrawn) {
      this.#withdrawn = true;
      this.#announcement.withdraw();
      this.#release();
    }
    return Promise.resolve();
  }
}
