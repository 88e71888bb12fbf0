import { Pattern } from '@macula/core';
import { type CallContext, CallError } from '@macula/node';
import type { ProcedureRuleConfig } from '../config/bridge-schema.ts';
import { RouterGoneError, RouterRefusal } from '../router/router-errors.ts';
import type { BridgeContext, RuleAtWork } from './bridge-context.ts';
import { Reconciler } from './reconcile.ts';
import type { Rule } from './rule-book.ts';
import { valueOf } from './mesh-values.ts';

/**
 * Lets the mesh call the router's procedures, by one rule. They are registered as prefixes: a service that has moved to
 * the mesh registers its name exactly, is not in anybody's way, and is preferred.
 */
export class CallsToRouter implements RuleAtWork {
  readonly #context: BridgeContext;
  readonly #rule: Rule<ProcedureRuleConfig>;
  readonly #registrations: Reconciler<Pattern>;

  constructor(context: BridgeContext, rule: Rule<ProcedureRuleConfig>) {
    this.#context = context;
    this.#rule = rule;
    this.#registrations = new Reconciler(async (pattern) => {
      const match = pattern.match === 'exact' ? 'prefix' : pattern.match;
      const registration = await context.node.register(
        pattern.text,
        (_, call) => this.#call(pattern, call),
        { match, invoke: 'random', discloseCaller: true },
      );
      return { end: () => registration.unregister() };
    });
  }

  get crossing(): string[] {
    return this.#registrations.values.map(({ text }) => text);
  }

  async update(): Promise<void> {
    const { mapping, config } = this.#rule;
    const listed = config.procedures.map((name) =>
      Pattern.parse(name, { match: 'exact', mode: 'loose' }),
    );
    const exact = mapping.router.match === 'exact' ? [mapping.router] : [];
    const offered = this.#context.registrations?.patterns() ?? [...exact, ...listed];
    const wanted = offered
      .filter(
        (pattern) => mapping.router.matches(pattern.text) || pattern.key === mapping.router.key,
      )
      .map((pattern) => mapping.patternToMesh(pattern));
    await this.#registrations.want(new Map(wanted.map((pattern) => [pattern.key, pattern])));
  }

  close(): Promise<void> {
    return this.#registrations.close();
  }

  async #call(pattern: Pattern, call: CallContext): Promise<unknown> {
    const { fellowship, uplink, procedures, tally } = this.#context;
    const { procedure, args, kwargs, caller, signal } = call;
    const crossing = procedures().toRouter(procedure);
    const own = pattern.match !== 'exact' || procedure === pattern.text;
    if (!own || crossing?.rule.key !== this.#rule.key || (caller && fellowship.isFellow(caller))) {
      throw new CallError('wamp.error.no_such_procedure', [`nobody offers ${procedure}`]);
    }
    try {
      const result = await uplink.require().call(
        crossing.name,
        { args, kwargs },
        {
          timeoutMs: Math.max(
            1,
            Math.round(Math.min(call.remaining(), this.#rule.config.timeoutMs)),
          ),
          signal,
          ...(call.wantsProgress && {
            onProgress: (part) => void call.progress(valueOf(part)).catch(() => undefined),
          }),
        },
      );
      tally.callsToRouter.inc();
      return valueOf(result);
    } catch (error) {
      tally.failedCallsToRouter.inc();
      if (error instanceof RouterRefusal) throw new CallError(error.uri, error.args, error.kwargs);
      if (error instanceof RouterGoneError) {
        throw new CallError('wamp.error.network_failure', [error.message]);
      }
      throw error;
    }
  }
}
