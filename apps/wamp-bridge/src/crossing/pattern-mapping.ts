import { Pattern } from '@macula/core';

/** Whether two patterns differ at most in what stands before the first wildcard. */
export function sameShape(router: string, mesh: string): boolean {
  try {
    return tailOf(router) === tailOf(mesh);
  } catch {
    return true; // What is no pattern is reported as such.
  }
}

function tailOf(text: string): string {
  const pattern = Pattern.parse(text, { mode: 'loose' });
  if (pattern.match === 'exact') return '';
  return text.slice(pattern.literalPrefix.length);
}

/**
 * Translates names between the router and the mesh: what stands before a rule's first wildcard is replaced,
 * the rest is kept. `com.old.**` to `be.new.**` makes `be.new.a.b` of `com.old.a.b`.
 */
export class PatternMapping {
  readonly router: Pattern;
  readonly mesh: Pattern;
  readonly #same: boolean;

  constructor(router: string, mesh = router) {
    this.router = Pattern.parse(router, { mode: 'loose' });
    this.mesh = Pattern.parse(mesh, { mode: 'loose' });
    this.#same = this.router.literalPrefix === this.mesh.literalPrefix;
  }

  /** The mesh's name for one of the router's; undefined where the rule is not about it. */
  toMesh(topic: string): string | undefined {
    return this.#translate(topic, this.router, this.mesh);
  }

  /** The router's name for one of the mesh's; undefined where the rule is not about it. */
  toRouter(topic: string): string | undefined {
    return this.#translate(topic, this.mesh, this.router);
  }

  /** The same for a pattern that lies within the rule's. */
  patternToMesh(pattern: Pattern): Pattern {
    return this.#translatePattern(pattern, this.router, this.mesh);
  }

  patternToRouter(pattern: Pattern): Pattern {
    return this.#translatePattern(pattern, this.mesh, this.router);
  }

  #translate(topic: string, from: Pattern, to: Pattern): string | undefined {
    if (!from.matches(topic)) return undefined;
    return this.#same ? topic : to.literalPrefix + topic.slice(from.literalPrefix.length);
  }

  #translatePattern(pattern: Pattern, from: Pattern, to: Pattern): Pattern {
    if (this.#same) return pattern;
    const text = to.literalPrefix + pattern.text.slice(from.literalPrefix.length);
    return Pattern.parse(text, { match: pattern.match, mode: 'loose' });
  }
}
