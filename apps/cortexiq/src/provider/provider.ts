/** An energy company and how it prices. */
export interface Provider {
  readonly id: string;
  readonly name: string;
  /** What it adds to the tariff, as a share of it. */
  readonly margin: number;
  /** The margin below which it lets a customer go. */
  readonly leastMargin: number;
  /** What it pays for solar energy, as a share of the tariff. */
  readonly feedInShare: number;
  /** For how many hours its rates hold: it charges the tariff's mean over them. */
  readonly termHours: number;
}

const provider = (
  id: string,
  name: string,
  margin: number,
  leastMargin: number,
  feedInShare: number,
  termHours: number,
): Provider => ({ id, name, margin, leastMargin, feedInShare, termHours });

/** The twelve of the demo: some follow the tariff by the hour, some flatten its peak, some live from buying sunshine. */
export const providers: readonly Provider[] = [
  provider('provider_01', 'Inland Power', 0.04, 0.02, 0.25, 1),
  provider('provider_02', 'Hourly & Sons', 0.03, 0.025, 0.2, 1),
  provider('provider_03', 'Sierra Spot', 0.045, 0.015, 0.35, 2),
  provider('provider_04', 'Crest Energy', 0.05, 0.02, 0.4, 3),
  provider('provider_05', 'Etiwanda Light', 0.06, 0.03, 0.45, 4),
  provider('provider_06', 'Evening Star', 0.07, 0.02, 0.3, 6),
  provider('provider_07', 'Steady State', 0.08, 0.03, 0.35, 8),
  provider('provider_08', 'Flat Twelve', 0.09, 0.04, 0.4, 12),
  provider('provider_09', 'Sunbuyers', 0.12, 0.05, 0.7, 4),
  provider('provider_10', 'Noon Cooperative', 0.15, 0.08, 0.8, 3),
  provider('provider_11', 'Citrus Solar', 0.1, 0.06, 0.6, 6),
  provider('provider_12', 'Day & Night', 0.11, 0.05, 0.5, 24),
];
