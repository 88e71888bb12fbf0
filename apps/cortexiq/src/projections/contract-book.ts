import type { ContractSigned } from '../messages/events.ts';

/** Who is whose customer. */
export class ContractBook {
  readonly #homes = new Map<string, { contractId: string; providerId: string }>();
  readonly #maxHomes: number;
  #signed = 0;
  #counterOffers = 0;

  constructor(maxHomes: number) {
    this.#maxHomes = maxHomes;
  }

  /** Contracts signed so far. */
  get signed(): number {
    return this.#signed;
  }

  /** Those of them that a provider offered one home to keep it. */
  get counterOffers(): number {
    return this.#counterOffers;
  }

  /** Books a contract; one that is told again changes nothing, and homes beyond the street's size are ignored. */
  add(signed: ContractSigned): void {
    const known = this.#homes.get(signed.home_id);
    if (known?.contractId === signed.contract_id) return;
    if (known === undefined && this.#homes.size >= this.#maxHomes) return;
    this.#homes.set(signed.home_id, {
      contractId: signed.contract_id,
      providerId: signed.provider_id,
    });
    this.#signed++;
    if (signed.reason === 'counter_offer') this.#counterOffers++;
  }

  providerOf(homeId: string): string | undefined {
    return this.#homes.get(homeId)?.providerId;
  }

  /** How many homes each provider has. */
  customers(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { providerId } of this.#homes.values()) {
      counts[providerId] = (counts[providerId] ?? 0) + 1;
    }
    return counts;
  }
}
