import { Pattern, type PatternMatch } from '@macula/core';
import {
  Interest,
  Interest_Match,
  ProcedureRegistration,
  ProcedureRegistration_Match,
} from '@macula/wire';
import type { CatalogueKind } from './catalogue-keys.ts';

const interestMatches: Readonly<Record<PatternMatch, Interest_Match>> = {
  exact: Interest_Match.EXACT,
  prefix: Interest_Match.PREFIX,
  wildcard: Interest_Match.WILDCARD,
};

const procedureMatches: Readonly<Record<PatternMatch, ProcedureRegistration_Match>> = {
  exact: ProcedureRegistration_Match.EXACT,
  prefix: ProcedureRegistration_Match.PREFIX,
  wildcard: ProcedureRegistration_Match.WILDCARD,
};

export function writePattern({ text, match }: Pattern): Uint8Array {
  const empty = Interest.decode(new Uint8Array());
  return Interest.encode({ ...empty, pattern: text, match: interestMatches[match] }).finish();
}

/** The pattern of what a node has announced; undefined for what is none. */
export function readPattern(kind: CatalogueKind, value: Uint8Array): Pattern | undefined {
  try {
    if (kind === 'subscription') {
      const { pattern, match } = Interest.decode(value);
      return parse(pattern, interestMatches, match);
    }
    const { pattern, match } = ProcedureRegistration.decode(value);
    return parse(pattern, procedureMatches, match);
  } catch {
    return undefined;
  }
}

function parse<T>(
  text: string,
  matches: Readonly<Record<PatternMatch, T>>,
  value: T,
): Pattern | undefined {
  const names = Object.keys(matches) as PatternMatch[];
  const match = names.find((name) => matches[name] === value);
  return match && Pattern.parse(text, { match, mode: 'loose' });
}
