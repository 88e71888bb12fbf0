import type { GridHour } from '../data/grid-series.ts';
import type { HomeInstallation } from '../home/meter.ts';

/** What each kind of process is told when it starts. */
export type RoleSettings =
  | { readonly role: 'seed' }
  /** Lets clients of WAMP routers into the mesh. */
  | { readonly role: 'facade' }
  | {
      readonly role: 'simulation';
      readonly from: number;
      /** The hours of the demo. */
      readonly grid: readonly GridHour[];
      /** Simulated hours per second; Infinity for as fast as possible. */
      readonly speed: number;
    }
  | {
      readonly role: 'homes';
      readonly edge: string;
      readonly from: number;
      readonly homes: readonly HomeInstallation[];
      /** Which edge each home of the street is behind. */
      readonly edgeOf: ReadonlyMap<string, string>;
    }
  | { readonly role: 'utilities'; readonly tariff: readonly number[] }
  | { readonly role: 'projections'; readonly from: number; readonly homes: number }
  | { readonly role: 'queries' };

export type RoleName = RoleSettings['role'];
export type SettingsOf<Name extends RoleName> = Extract<RoleSettings, { role: Name }>;
