/** What a home pays and is paid, until `endsBefore`. */
export interface Contract {
  readonly contractId: string;
  readonly providerId: string;
  /** USD per kWh taken from the grid. */
  readonly rate: number;
  /** USD per kWh given to the grid. */
  readonly feedInRate: number;
  /** The first hour that it does not cover. */
  readonly endsBefore: number;
}
