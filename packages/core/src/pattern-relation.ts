import type { Pattern } from './pattern.ts';

/** What one place of a pattern asks of a topic's segment. */
type Part =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'beginning'; readonly text: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'rest' };

/** A prefix ends in the middle of a segment: that one begins so, and any rest may follow. */
function partsOf({ match, segments }: Pattern): Part[] {
  return segments.map((text, index): Part => {
    if (match === 'prefix' && index === segments.length - 1) return { kind: 'beginning', text };
    if (match === 'wildcard' && text === '**') return { kind: 'rest' };
    if (match === 'wildcard' && text === '*') return { kind: 'any' };
    return { kind: 'literal', text };
  });
}

/** Whether some topic matches both patterns. */
export function patternsOverlap(one: Pattern, other: Pattern): boolean {
  const a = partsOf(one);
  const b = partsOf(other);
  for (let i = 0; ; i++) {
    const x = a[i];
    const y = b[i];
    if (x?.kind === 'rest' || y?.kind === 'rest') return true;
    if (x === undefined || y === undefined) return x === y;
    if (x.kind === 'any' || y.kind === 'any') {
      if (x.kind === 'beginning' || y.kind === 'beginning') return true;
      continue;
    }
    if (x.kind === 'literal' && y.kind === 'literal') {
      if (x.text !== y.text) return false;
      continue;
    }
    if (x.kind === 'literal') return x.text.startsWith(y.text);
    if (y.kind === 'literal') return y.text.startsWith(x.text);
    return x.text.startsWith(y.text) || y.text.startsWith(x.text);
  }
}

/** Whether every topic that matches `narrow` also matches `wide`. */
export function patternCovers(wide: Pattern, narrow: Pattern): boolean {
  const a = partsOf(wide);
  const b = partsOf(narrow);
  for (let i = 0; ; i++) {
    const x = a[i];
    const y = b[i];
    if (x?.kind === 'rest') return true;
    if (x === undefined || y === undefined) return x === y;
    switch (x.kind) {
      case 'beginning':
        return y.kind === 'literal' || y.kind === 'beginning'
          ? y.text.startsWith(x.text)
          : y.kind === 'any' && x.text === '';
      case 'any':
        if (y.kind === 'literal' || y.kind === 'any') continue;
        return y.kind === 'beginning' && a[i + 1]?.kind === 'rest';
      case 'literal':
        if (y.kind === 'literal' && y.text === x.text) continue;
        return false;
    }
  }
}
