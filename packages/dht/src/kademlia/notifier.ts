import type { KademliaNotify, KademliaPing } from '@macula/wire';
import type { KademliaRecord } from '@macula/wire';
import type { Contact } from './contact.ts';
import { exchanges } from './exchanges.ts';
import type { KademliaMetrics } from './kademlia-metrics.ts';
import type { KademliaSettings } from './kademlia-options.ts';
import { contactMessage } from './messages.ts';
import { branchesOf, type Branch } from './notification-tree.ts';
import type { Exchange } from './peer-requests.ts';

export interface NotifierDeps {
  readonly requests: {
    ask(
      contact: Contact,
      exchange: Exchange<KademliaNotify, KademliaPing>,
      question: KademliaNotify,
      tries?: number,
    ): Promise<KademliaPing>;
  };
  readonly metrics: Pick<KademliaMetrics, 'notifications'>;
}

/** Watchers that are tried as the leader of one branch until it is given up: other replicas' trees reach those below it. */
const leadersTried = 4;

/** Tells watchers of records: itself while they are few, else with the help of some of them, which tell the rest. */
export class Notifier {
  readonly #deps: NotifierDeps;
  readonly #settings: Pick<KademliaSettings, 'notifyFanout' | 'tries'>;

  constructor(deps: NotifierDeps, settings: Pick<KademliaSettings, 'notifyFanout' | 'tries'>) {
    this.#deps = deps;
    this.#settings = settings;
  }

  /** Tells one watcher. Throws when it does not answer. */
  async tell(contact: Contact, records: readonly KademliaRecord[]): Promise<void> {
    await this.#send({ to: contact, below: [] }, records, this.#settings.tries);
  }

  /**
   * Tells `watchers` along a tree. Resolves when all that this node tells itself have answered, or failed; never throws.
   * Gives those that have failed.
   */
  async spread(
    watchers: readonly Contact[],
    records: readonly KademliaRecord[],
  ): Promise<readonly Contact[]> {
    const failed: Contact[] = [];
    const branches = branchesOf(watchers, this.#settings.notifyFanout);
    await Promise.all(branches.map((branch) => this.#grow(branch, records, failed)));
    return failed;
  }

  /** When the leader of a branch does not answer, the next below it leads. */
  async #grow(
    branch: Branch,
    records: readonly KademliaRecord[],
    failed: Contact[],
  ): Promise<void> {
    let { to, below } = branch;
    for (let tried = 1; ; tried++) {
      const [next] = below;
      try {
        await this.#send({ to, below }, records, next === undefined ? this.#settings.tries : 1);
        return;
      } catch {
        failed.push(to);
        if (next === undefined || tried >= leadersTried) return;
        // It may only have been slow: the new leader tells it last.
        [to, below] = [next, [...below.slice(1), to]];
      }
    }
  }

  async #send(
    { to, below }: Branch,
    records: readonly KademliaRecord[],
    tries: number,
  ): Promise<void> {
    const { requests, metrics } = this.#deps;
    metrics.notifications.inc();
    const forward = below.map(contactMessage);
    await requests.ask(to, exchanges.notify, { records: [...records], forward }, tries);
  }
}
