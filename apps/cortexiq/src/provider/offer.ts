/** What a provider offers every home in one hour. */
export interface Offer {
  readonly providerId: string;
  /** USD per kWh taken from the grid. */
  readonly rate: number;
  /** USD per kWh given to the grid. */
  readonly feedInRate: number;
  /** Hours that the rates hold once accepted. */
  readonly termHours: number;
}
