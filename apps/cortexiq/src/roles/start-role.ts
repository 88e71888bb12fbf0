import { startHomes } from './homes-role.ts';
import { startProjections } from './projections-role.ts';
import { startQueries } from './queries-role.ts';
import type { RoleContext, RunningRole } from './role.ts';
import type { RoleSettings } from './role-settings.ts';
import { startSimulation } from './simulation-role.ts';
import { startUtilities } from './utilities-role.ts';

/** Lets a process play its role. A seed's is to be there, and so is a façade's. */
export function startRole(context: RoleContext, settings: RoleSettings): Promise<RunningRole> {
  switch (settings.role) {
    case 'seed':
    case 'facade':
      return Promise.resolve({});
    case 'simulation':
      return startSimulation(context, settings);
    case 'homes':
      return startHomes(context, settings);
    case 'utilities':
      return startUtilities(context, settings);
    case 'projections':
      return startProjections(context, settings);
    case 'queries':
      return startQueries(context);
  }
}
