/** What a bridge tells of itself in its node's metadata. */
export interface Standing {
  readonly group: string;
  /** Its session at the router; 0 while it has none. */
  readonly session: number;
  /** When it came up, in milliseconds since 1970, so that each coming up has its own; 0 while the router is away. */
  readonly since: number;
  /** Whether it carries its share. */
  readonly works: boolean;
  /** Those who have come up, by the beginnings of their node IDs, for whom it has let go of what is their share: which coming up. */
  readonly confirmed: ReadonlyMap<string, number>;
}

/** Fellows that are confirmed at the same time: metadata has 512 bytes. */
export const maxConfirmed = 16;

/** Enough of a node ID to tell the bridges of a group apart. */
export function shortKey(key: string): string {
  return key.slice(0, 8);
}

export function standingText({ group, session, since, works, confirmed }: Standing): string {
  const list = [...confirmed].map(([key, at]) => `${key}:${at.toString(36)}`).join(',');
  return `${group} ${session} ${since} ${works ? 1 : 0} ${list}`;
}

/** Whatever another node says: undefined where it is no bridge. */
export function readStanding(text: string | undefined): Standing | undefined {
  if (text === undefined) return undefined;
  const [group = '', session, since, works, list = ''] = text.split(' ');
  const confirmed = list
    .split(',', maxConfirmed)
    .filter((entry) => entry !== '')
    .map((entry) => entry.split(':'))
    .map(([key = '', at = '']) => [key, parseInt(at, 36) || 0] as const);
  return {
    group,
    session: Number(session) || 0,
    since: Number(since) || 0,
    works: works === '1',
    confirmed: new Map(confirmed),
  };
}
