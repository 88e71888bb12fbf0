import type { BridgeConfig } from './config/bridge-schema.ts';

/** One rule, one way. */
export interface CrossingDescription {
  readonly kind: 'events' | 'calls';
  readonly from: 'router' | 'mesh';
  readonly name: string;
  readonly to: string;
  /** When it crosses. */
  readonly when: string;
}

/** What would cross by a configuration. For calls `from` is where the caller is. */
export function describeCrossings(config: BridgeConfig): CrossingDescription[] {
  const tells = config.router.dialect !== 'static';
  const found: CrossingDescription[] = [];
  for (const { router, mesh = router, direction, topics, qos } of config.events) {
    const quality = qos === 1 ? ', acknowledged' : '';
    if (direction !== 'to-router') {
      const only = tells || topics.length === 0 ? '' : ` (patterns: ${topics.join(', ')})`;
      const when = `when the mesh subscribes${only}${quality}`;
      found.push({ kind: 'events', from: 'router', name: router, to: mesh, when });
    }
    if (direction !== 'to-mesh') {
      const when = `${tells ? 'when the router has a subscriber' : 'always'}${quality}`;
      found.push({ kind: 'events', from: 'mesh', name: mesh, to: router, when });
    }
  }
  for (const { router, mesh = router, direction, procedures } of config.procedures) {
    if (direction !== 'to-router') {
      const when = 'when the mesh offers it';
      found.push({ kind: 'calls', from: 'router', name: router, to: mesh, when });
    }
    if (direction !== 'to-mesh') {
      const listed = router.includes('*')
        ? procedures.join(', ') || 'nothing: procedures is empty'
        : router;
      const when = tells ? 'when the router offers it' : `always: ${listed}`;
      found.push({ kind: 'calls', from: 'mesh', name: mesh, to: router, when });
    }
  }
  return found;
}

/** The same for people. */
export function crossingsText(config: BridgeConfig): string {
  const { router, mesh, group } = config;
  const all = describeCrossings(config);
  const lines = all.map(({ kind, from, name, to, when }) => {
    const target = from === 'router' ? 'mesh' : 'router';
    return `  ${kind.padEnd(6)}  ${from} ${name}  ->  ${target} ${to}  ${when}`;
  });
  return [
    `router  ${router.url}  realm ${router.realm}  dialect ${router.dialect}  ${router.auth.method}`,
    `mesh    realm ${mesh.realm}  ${mesh.bootstrap.join(', ') || 'no bootstrap nodes'}  group ${group}`,
    lines.length === 0 ? 'nothing crosses: there are no rules' : 'crosses:',
    ...lines,
    '',
  ].join('\n');
}
