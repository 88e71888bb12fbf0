import type { NetworkConditions } from '../network/conditions.ts';
import type { Action } from './scenario.ts';
import type { Simulation } from './simulation.ts';

/** Ends a node as a power cut does. */
export function crash(node: string): Action {
  return { name: `crash ${node}`, run: (simulation) => simulation.crash(node) };
}

/** Starts a crashed node again, with its identity and, unless it is `lost`, its disk. */
export function restart(node: string, options: { readonly disk?: 'kept' | 'lost' } = {}): Action {
  const how = options.disk === 'lost' ? ' without its disk' : '';
  return { name: `restart ${node}${how}`, run: (simulation) => simulation.restart(node, options) };
}

/** Lets a node's event loop stand still. */
export function pause(node: string): Action {
  return { name: `pause ${node}`, run: (simulation) => simulation.pause(node) };
}

/** Lets a paused node go on. */
export function resume(node: string): Action {
  return { name: `resume ${node}`, run: (simulation) => simulation.resume(node) };
}

/** Cuts nodes off from others, or, `oneWay`, only what the former send to the latter. */
export function partition(
  nodes: readonly string[],
  others: readonly string[],
  options: { readonly oneWay?: boolean } = {},
): Action {
  const from = options.oneWay === true ? ' one way' : '';
  return {
    name: `cut ${nodes.join(' ')} off from ${others.join(' ')}${from}`,
    run: ({ network, node }) => {
      network.partition(
        nodes.map((name) => node(name).id),
        others.map((name) => node(name).id),
        options,
      );
    },
  };
}

/** Undoes all partitions. */
export function heal(): Action {
  return { name: 'heal', run: ({ network }) => network.heal() };
}

/** Changes what the network does to packets: the weather. */
export function conditions(changes: Partial<NetworkConditions>): Action {
  const shown = JSON.stringify(changes, (_key, value: unknown) =>
    typeof value === 'function' ? 'a function' : value,
  );
  return { name: `conditions ${shown}`, run: ({ network }) => network.change(changes) };
}

/** Gives the network the weather back that the simulation began with. */
export function calm(): Action {
  return { name: 'calm', run: ({ network }) => network.calm() };
}

/**
 * Anything else: what users of the application do, for instance. `run` must not move time, and draw chance from
 * `simulation.random` alone. What it throws, or its promise rejects with, fails the simulation; what it returns else is ignored.
 */
export function act<A>(name: string, run: (simulation: Simulation<A>) => unknown): Action {
  return { name, run: (simulation) => run(simulation as Simulation<A>) };
}
