import { isLoopback, networkOf } from '../address-network.ts';

/** Counts what each remote network holds, up to a limit each and one for all. Loopback only counts towards the latter. */
export class AddressQuota {
  private readonly perNetwork: number;
  private readonly total: number;
  private readonly held = new Map<string, number>();
  private all = 0;

  constructor(perNetwork: number, total: number) {
    this.perNetwork = perNetwork;
    this.total = total;
  }

  /** Takes one for `host`; returns how to give it back, once, or undefined when there is none left. */
  take(host: string): (() => void) | undefined {
    const network = networkOf(host);
    const count = this.held.get(network) ?? 0;
    const exempt = isLoopback(host);
    if (this.all >= this.total || (!exempt && count >= this.perNetwork)) return undefined;
    this.all += 1;
    this.held.set(network, count + 1);
    let holds = true;
    return () => {
      if (!holds) return;
      holds = false;
      this.all -= 1;
      const left = (this.held.get(network) ?? 1) - 1;
      if (left === 0) this.held.delete(network);
      else this.held.set(network, left);
    };
  }
}
