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

/** The twelve of the demo: some follow the tariff, some flatten its peak, some live from buying sunshine. */
export const providers: readonly Provider[] = [
  provider('provider_01', 'Inland Power', 0.04, 0.02, 0.2, 2),
  provider('provider_02', 'Sierra Spot', 0.1, 0.03, 0.6, 2),
  provider('provider_03', 'Crest Energy', 0.05, 0.02, 0.25, 3),
  provider('provider_04', 'Noon Cooperative', 0.16, 0.05, 0.8, 3),
  provider('provider_05', 'Etiwanda Light', 0.06, 0.02, 0.3, 4),
  provider('provider_06', 'Sunbuyers', 0.14, 0.04, 0.75, 4),
  provider('provider_07', 'Evening Star', 0.07, 0.03, 0.3, 6),
  provider('provider_08', 'Citrus Solar', 0.15, 0.06, 0.65, 6),
  provider('provider_09', 'Steady State', 0.09, 0.03, 0.35, 8),
  provider('provider_10', 'Day & Night', 0.18, 0.08, 0.7, 8),
  provider('provider_11', 'Flat Twelve', 0.12, 0.05, 0.4, 12),
  provider('provider_12', 'Fixed Price', 0.35, 0.2, 0.5, 24),
];
