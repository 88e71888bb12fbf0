/** How many of some set of contacts come from each subnet. A list, as there are few: a map would be several times as large. */
export class SubnetTally {
  readonly #limit: number;
  readonly #subnets: number[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether one more of this subnet is within the limit. */
  allows(subnet: number | undefined): boolean {
    return subnet === undefined || this.count(subnet) < this.#limit;
  }

  count(subnet: number): number {
    let count = 0;
    for (const one of this.#subnets) if (one === subnet) count++;
    return count;
  }

  add(subnet: number | undefined): void {
    if (subnet !== undefined) this.#subnets.push(subnet);
  }

  remove(subnet: number | undefined): void {
    const at = subnet === undefined ? -1 : this.#subnets.indexOf(subnet);
    if (at < 0) return;
    const last = this.#subnets.pop() as number;
    if (at < this.#subnets.length) this.#subnets[at] = last;
  }
}
