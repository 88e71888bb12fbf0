import {
  type Directory,
  InvalidArgumentError,
  type Membership,
  NotRunningError,
  Pattern,
  withDeadline,
} from '@macula/core';
import { ProcedureAlreadyExistsError } from '../call-error.ts';
import type { RegisterOptions, Registration } from '../register-options.ts';
import { eligibleOffers, type Offer } from '../resolve/offer.ts';
import type { OfferWatch, OfferWatches } from '../resolve/offer-watches.ts';
import { type Invoke, invokePolicies } from '../resolve/invoke.ts';
import { encodeRegistration, registrationKey } from '../resolve/registration-record.ts';
import type { RpcContext } from '../rpc-context.ts';
import { AnnouncedRegistration } from './announced-registration.ts';
import { LocalRegistration } from './local-registration.ts';
import type { Procedures } from './procedures.ts';

/** A peer's clock may run ahead; further than this it is not followed. Milliseconds. */
const furthestAhead = 24 * 60 * 60 * 1000;

/** Registers procedures: locally at once, in the directory when nobody else holds them. */
export class Registrar {
  readonly #context: RpcContext;
  readonly #directory: Directory;
  readonly #membership: Membership | undefined;
  readonly #watches: OfferWatches;
  readonly #registrations = new Set<AnnouncedRegistration>();
  #stopped = false;

  constructor(
    context: RpcContext,
    directory: Directory,
    membership: Membership | undefined,
    watches: OfferWatches,
  ) {
    this.#context = context;
    this.#directory = directory;
    this.#membership = membership;
    this.#watches = watches;
  }

  /**
   * Throws ProcedureAlreadyExistsError when this node, or as far as the directory knows another, holds the procedure; InvalidUriError;
   * LimitExceededError; TimeoutError when the directory does not answer; AbortedError.
   */
  async register<H>(
    procedures: Procedures<H>,
    procedure: string,
    handler: H,
    options: RegisterOptions,
    stream: boolean,
  ): Promise<Registration> {
    const { uriMode: mode, registerTimeout: timeout } = this.#context.options;
    const { match, signal } = options;
    const pattern = Pattern.parse(procedure, match === undefined ? { mode } : { mode, match });
    const invoke = checkPolicy(options);
    const local = new LocalRegistration(pattern, handler, options);
    procedures.add(local);
    const watch = this.#watches.acquire(pattern.literalPrefix);
    const release = (): void => {
      procedures.delete(local);
      this.#watches.release(watch);
    };
    try {
      const what = `asking the directory who registered ${procedure}`;
      await withDeadline(this.#context.clock, watch.ready, { timeout, signal, what });
      if (this.#stopped) throw new NotRunningError('rpc was stopped');
      const others = this.#others(watch, pattern, stream);
      checkConflict(pattern, invoke, others);
      const record = {
        id: hexOf(this.#context.random.bytes(8)),
        pattern,
        invoke,
        created: this.#createdAfter(others),
        stream,
      };
      const announcement = this.#directory.announce(
        registrationKey(this.#context.options.realm, pattern.literalPrefix),
        encodeRegistration(record),
      );
      const registration = new AnnouncedRegistration(
        { ...record, node: this.#context.self },
        options.onConflict,
        this.#context,
        () => this.#others(watch, pattern, stream),
        announcement,
        () => {
          this.#registrations.delete(registration);
          stopWatching();
          release();
        },
      );
      const stopWatching = watch.onChangeOf(pattern, () => registration.review());
      this.#registrations.add(registration);
      registration.review();
      return registration;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Withdraws everything. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#registrations].map((registration) => registration.unregister()));
  }

  /** Other nodes' registrations of this very pattern. Of nodes that are known to be gone only the directory does not know yet. */
  #others(watch: OfferWatch, pattern: Pattern, stream: boolean): Offer[] {
    const others: Offer[] = [];
    for (const offer of watch.offersOf(pattern)) {
      if (offer.stream !== stream || offer.node.equals(this.#context.self)) continue;
      const status = this.#membership?.get(offer.node)?.status;
      if (status !== 'failed' && status !== 'left') others.push(offer);
    }
    return others;
  }

  /**
   * A hybrid logical clock (Kulkarni et al. 2014, reduced to what ordering needs): wall time, but later than every registration
   * in view, so that "first" and "last" mean what people saw happen, whatever the nodes' clocks say.
   */
  #createdAfter(others: readonly Offer[]): number {
    const wall = Math.floor(this.#context.clock.wallTime());
    let created = Math.max(0, wall);
    for (const offer of others) {
      if (offer.created < wall + furthestAhead) created = Math.max(created, offer.created + 1);
    }
    return created;
  }
}

function checkPolicy({ invoke = 'single', concurrency }: RegisterOptions): Invoke {
  if (!invokePolicies.includes(invoke)) {
    throw new InvalidArgumentError(
      `invoke must be one of ${invokePolicies.join(', ')}, got ${JSON.stringify(invoke)}`,
    );
  }
  if (concurrency !== undefined && !(concurrency >= 1)) {
    throw new InvalidArgumentError(`concurrency must be at least 1, got ${concurrency}`);
  }
  return invoke;
}

function checkConflict(pattern: Pattern, invoke: Invoke, others: readonly Offer[]): void {
  const [leader] = eligibleOffers(others);
  if (leader === undefined || (leader.invoke === invoke && invoke !== 'single')) return;
  throw new ProcedureAlreadyExistsError(
    `${pattern.text} (${pattern.match}) is registered by node ${leader.node.key} with policy ${leader.invoke}; ` +
      `a registration with policy ${invoke} cannot join it`,
  );
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}
