import type { EventRuleConfig, ProcedureRuleConfig } from '../config/bridge-schema.ts';
import { PatternMapping } from './pattern-mapping.ts';

export interface Rule<C extends EventRuleConfig | ProcedureRuleConfig> {
  readonly config: C;
  readonly mapping: PatternMapping;
  /** Equal for rules that say the same, so that a new configuration keeps them. */
  readonly key: string;
}

/** A name's way across. */
export interface Crossing<C extends EventRuleConfig | ProcedureRuleConfig> {
  readonly rule: Rule<C>;
  /** The name on the other side. */
  readonly name: string;
}

/** Names that are remembered with their way across; all are forgotten when there are more. */
const maxRemembered = 20_000;

/** Rules of one kind, in their order: the first that is about a name decides. */
export class RuleBook<C extends EventRuleConfig | ProcedureRuleConfig> {
  readonly rules: readonly Rule<C>[];
  readonly #toMesh = new Map<string, Crossing<C> | undefined>();
  readonly #toRouter = new Map<string, Crossing<C> | undefined>();

  constructor(configs: readonly C[]) {
    this.rules = configs.map((config) => ({
      config,
      mapping: new PatternMapping(config.router, config.mesh),
      key: JSON.stringify(config),
    }));
  }

  /** How a name of the router crosses to the mesh. */
  toMesh(name: string): Crossing<C> | undefined {
    return this.#find(this.#toMesh, name, ({ config, mapping }) =>
      config.direction === 'to-router' ? undefined : mapping.toMesh(name),
    );
  }

  /** How a name of the mesh crosses to the router. */
  toRouter(name: string): Crossing<C> | undefined {
    return this.#find(this.#toRouter, name, ({ config, mapping }) =>
      config.direction === 'to-mesh' ? undefined : mapping.toRouter(name),
    );
  }

  #find(
    remembered: Map<string, Crossing<C> | undefined>,
    name: string,
    translate: (rule: Rule<C>) => string | undefined,
  ): Crossing<C> | undefined {
    const known = remembered.get(name);
    if (known !== undefined || remembered.has(name)) return known;
    let found: Crossing<C> | undefined;
    for (const rule of this.rules) {
      const translated = translate(rule);
      if (translated === undefined) continue;
      found = { rule, name: translated };
      break;
    }
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(name, found);
    return found;
  }
}
