import { Pattern } from '@macula/core';
import { withKwargs } from '@macula/node';
import type { ProcedureRuleConfig } from '../config/bridge-schema.ts';
import type { MeshDemand } from '../mesh/mesh-demand.ts';
import { RouterRefusal } from '../router/router-errors.ts';
import type { Arguments, RouterInvocation } from '../router/router-session.ts';
import type { BridgeContext, RuleAtWork } from './bridge-context.ts';
import { routerPattern, wampText } from './cover.ts';
import { argumentsOf } from './mesh-values.ts';
import { Reconciler } from './reconcile.ts';
import type { Rule } from './rule-book.ts';

/**
 * Lets the router's clients call the mesh's procedures, by one rule: what nodes of the mesh register is registered at the
 * router, as a prefix where that can be, so that a service which comes back is not refused.
 */
export class CallsToMesh implements RuleAtWork {
  readonly #context: BridgeContext;
  readonly #rule: Rule<ProcedureRuleConfig>;
  readonly #demand: MeshDemand;
  readonly #registrations: Reconciler<Pattern>;

  constructor(context: BridgeContext, rule: Rule<ProcedureRuleConfig>, demand: MeshDemand) {
    this.#context = context;
    this.#rule = rule;
    this.#demand = demand;
    this.#registrations = new Reconciler((pattern) => {
      const text = wampText(pattern);
      const wanted = context.uplink.want(`registration ${text}`, (session) => {
        const shared = session.has('dealer', 'shared_registration');
        const aside =
          pattern.match === 'exact' && session.has('dealer', 'pattern_based_registration');
        const match = aside ? 'prefix' : pattern.match;
        return session.register(text, { match, shared }, (call) => this.#call(pattern, call));
      });
      return wanted.settled.then(() => wanted);
    });
    demand.onChange(() => void this.update());
  }

  get crossing(): string[] {
    return this.#registrations.values.map(({ text }) => text);
  }

  async update(): Promise<void> {
    const { mapping } = this.#rule;
    const wanted = this.#demand
      .patterns('procedure')
      .filter((pattern) => mapping.mesh.matches(pattern.text) || pattern.key === mapping.mesh.key)
      .flatMap((pattern) => this.#atRouter(mapping.patternToRouter(pattern)));
    await this.#registrations.want(new Map(wanted.map((pattern) => [pattern.key, pattern])));
  }

  close(): Promise<void> {
    this.#demand.close();
    return this.#registrations.close();
  }

  #atRouter(pattern: Pattern): Pattern[] {
    if (pattern.match === 'exact') return [pattern];
    if (this.#context.dialect !== 'static') return [routerPattern(pattern)];
    return this.#rule.config.procedures
      .filter((name) => pattern.matches(name))
      .map((name) => Pattern.parse(name, { match: 'exact', mode: 'loose' }));
  }

  async #call(pattern: Pattern, call: RouterInvocation): Promise<Arguments> {
    const { fellowship, node, procedures, tally } = this.#context;
    const { procedure, args, kwargs, caller, wantsProgress, signal } = call;
    const crossing = procedures().toMesh(procedure);
    const own = pattern.match !== 'exact' || procedure === pattern.text;
    const looped = caller !== undefined && fellowship.isOurs(caller);
    if (!own || crossing?.rule.key !== this.#rule.key || looped) {
      throw new RouterRefusal('wamp.error.no_such_procedure', [`nobody offers ${procedure}`]);
    }
    try {
      const value = await node.call(crossing.name, withKwargs(args, kwargs), {
        timeout: this.#rule.config.timeoutMs,
        discloseMe: true,
        signal,
        ...(wantsProgress && { onProgress: (part: unknown) => call.progress(argumentsOf(part)) }),
      });
      tally.callsToMesh.inc();
      return argumentsOf(value);
    } catch (error) {
      tally.failedCallsToMesh.inc();
      if (signal.aborted) throw new RouterRefusal('wamp.error.canceled');
      throw error;
    }
  }
}
