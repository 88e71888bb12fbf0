import {
  type Clock,
  Listeners,
  type Logger,
  type NodeId,
  type Random,
  silentLogger,
  type Timer,
  type Unsubscribe,
} from '@macula/core';
import { needsRenewal } from './certificate-validity.ts';
import type { Identity } from './identity.ts';
import type { KeyPair } from './key-pair.ts';
import type { PresentedCertificate } from './presented-certificate.ts';
import type { KeyAlgorithm } from './public-key.ts';
import { issueSelfSigned } from './self-signed-certificate.ts';

/**
 * How often the certificate's age is looked at. A look an hour, and not one timer for the day of
 * renewal: a machine that slept has less life left in its certificate than its monotonic clock tells.
 */
const checkInterval = 3_600_000;

export interface SelfSignedIdentityDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  /** Keeps a re-issued certificate for the next start. */
  readonly save?: (certificatePem: string) => Promise<void>;
}

/** An identity whose certificate the node signs itself and re-issues before it ends. */
export class SelfSignedIdentity implements Identity {
  readonly #keys: KeyPair;
  readonly #names: readonly string[];
  readonly #deps: SelfSignedIdentityDeps;
  readonly #logger: Logger;
  readonly #renewed: Listeners;
  #certificate: PresentedCertificate;
  #timer: Timer | undefined;
  #running = false;
  #renewal: Promise<void> | undefined;

  constructor(
    keys: KeyPair,
    certificate: PresentedCertificate,
    names: readonly string[],
    deps: SelfSignedIdentityDeps,
  ) {
    this.#keys = keys;
    this.#certificate = certificate;
    this.#names = names;
    this.#deps = deps;
    this.#logger = deps.logger ?? silentLogger;
    this.#renewed = new Listeners((error) => {
      this.#logger.error({ error }, 'a listener for the renewed certificate failed');
    });
  }

  get nodeId(): NodeId {
    return this.#keys.nodeId;
  }

  get publicKey(): Uint8Array {
    return this.#keys.publicKey;
  }

  get algorithm(): KeyAlgorithm {
    return this.#keys.algorithm;
  }

  get keyPem(): string {
    return this.#keys.keyPem;
  }

  get certificatePem(): string {
    return this.#certificate.pem;
  }

  get certificateDer(): Uint8Array {
    return this.#certificate.der;
  }

  get certificateEndsAt(): number {
    return this.#certificate.validity.notAfter;
  }

  sign(data: Uint8Array): Uint8Array {
    return this.#keys.sign(data);
  }

  onRenewed(listener: () => void): Unsubscribe {
    return this.#renewed.add(listener);
  }

  /** Begins to watch the certificate's age; when it is too old already, resolves after the re-issue. */
  async start(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    await this.#check();
  }

  /** Stops watching. The identity may still be read, and started again. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    await this.#renewal;
  }

  async #check(): Promise<void> {
    if (needsRenewal(this.#certificate.validity, this.#deps.clock.wallTime())) {
      this.#renewal ??= this.#renew();
      await this.#renewal;
    }
    if (!this.#running) return;
    this.#timer?.cancel();
    this.#timer = this.#deps.clock.setTimer(() => void this.#check(), checkInterval, {
      background: true,
    });
  }

  async #renew(): Promise<void> {
    const { clock, random, save } = this.#deps;
    try {
      this.#certificate = await issueSelfSigned(this.#keys, this.#names, clock.wallTime(), random);
      await save?.(this.#certificate.pem);
    } catch (error) {
      // Peers pin the key, so the old certificate still serves them; and an unsaved new one serves until
      // the next start, which makes another.
      this.#logger.error(
        { error, nodeId: this.nodeId.key },
        'the certificate could not be re-issued or saved',
      );
    }
    this.#renewal = undefined;
    this.#renewed.emit();
  }
}
