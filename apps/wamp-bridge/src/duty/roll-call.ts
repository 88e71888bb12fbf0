import type { RouterEvent, RouterSession } from '../router/router-session.ts';
import type { Uplink } from '../router/uplink.ts';

/** What bridges say: `hello`, who has come and asks who is there; `here`, the answer; `anew`, all come up anew. */
type Word = 'hello' | 'here' | 'anew';

export interface RollCallDeps {
  readonly uplink: Uplink;
  readonly realm: string;
  readonly group: string;
  /** This node's ID. */
  readonly self: string;
  /** A bridge of the group is at the router, with this session. */
  readonly onPresent: (node: string, session: number) => void;
  /** A fellow and this bridge have both carried everything until now: both are to come up anew. */
  readonly onAnew: () => void;
}

/**
 * How bridges of a group find each other where all of them are: at the router. The router hears one after the other: of two that
 * have subscribed before they said hello, at least one hears the other, and tells it.
 */
export class RollCall {
  readonly #deps: RollCallDeps;
  readonly #topic: string;

  constructor(deps: RollCallDeps) {
    this.#deps = deps;
    this.#topic = `macula.wamp_bridge.${deps.realm}.${deps.group}`;
    deps.uplink.want(`the roll call on ${this.#topic}`, (session) =>
      session.subscribe(this.#topic, 'exact', (event) => this.#heard(session, event)),
    );
  }

  /** Resolves when the router has told all who were there. Rejects as `RouterSession.publish` does. */
  hello(session: RouterSession): Promise<void> {
    return this.#say('hello', session);
  }

  /** The same; this bridge is to come up anew when it resolves. */
  anew(session: RouterSession): Promise<void> {
    return this.#say('anew', session);
  }

  #say(word: Word, session: RouterSession): Promise<void> {
    const args = [word, this.#deps.self, session.id];
    return session.publish(this.#topic, { args, kwargs: {} });
  }

  #heard(session: RouterSession, { args: [word, node, at] }: RouterEvent): void {
    const { self, onPresent, onAnew } = this.#deps;
    if (typeof node !== 'string' || node === self || !Number.isSafeInteger(Number(at))) return;
    onPresent(node, Number(at));
    if (word === 'anew') onAnew();
    // Who cannot be told loses its session, or has no right to speak: then nobody waits for it.
    if (word === 'hello') this.#say('here', session).catch(() => undefined);
  }
}
