import { type Link, LinkCloseCode, type LinkStream, type NodeId } from '@macula/core';
import { NumberedFrames, numberOf } from '../src/compliance/links/links-bench.ts';
import type { Shard, ShardOptions } from '../src/shards/shard.ts';
import type { ShardedNode } from '../src/shards/shard-network.ts';
import { EventTrace, type MemoryLinks, type SeededRandom, seededRandom } from '../src/index.ts';

const kinds = { frame: 0xe0, event: 0x1f, request: 0xe2, stream: 0xe3 };
const nodes = 15;
/** Round numbers: with a round latency as well, much happens at the same instants. */
const everyMs = 100;
const steps = 80;

/** What the nodes of one shard do to each other, by the rules of `options`, and what they then know of it. */
export class Chatter {
  readonly options: ShardOptions;
  private readonly numbers = new Map<string, number>();
  private readonly traces: EventTrace[] = [];
  private readonly frames = new NumberedFrames();
  private readonly nodes: ShardedNode[] = [];
  private shard: Shard | undefined;
  private now = (): number => 0;
  /** Ends of links that closed, by code. */
  readonly closed = new Map<number, number>();
  received = 0;

  constructor(options: ShardOptions) {
    this.options = {
      omniscient: true,
      silenceMs: 1_000,
      idleMs: 400,
      windowBytes: 4_000,
      ...options,
      onFrame: (from, to, frame) => {
        const [sender, receiver] = [this.numberOf(from), this.numberOf(to)];
        this.traces[receiver]?.frame(this.now(), sender, receiver, frame);
      },
    };
  }

  /** Runs the whole play; the same in every shard. Returns a fingerprint of what happened to each of the nodes. */
  async play(shard: Shard): Promise<string[]> {
    const random = seededRandom(this.options.seed ?? 1);
    this.shard = shard;
    this.now = () => shard.clock.now();
    for (let at = 0; at < nodes; at++) {
      const node = shard.network.node(at === 4 ? { nat: 'home' } : {});
      this.nodes.push(node);
      this.traces.push(new EventTrace());
      this.numbers.set(node.id.key, at);
      this.begin(node, random.fork());
    }
    const name = (at: number): NodeId => (this.nodes[at] as ShardedNode).id;
    const faults: Record<number, () => void> = {
      10: () => shard.network.partition([name(0), name(1), name(2)], [name(7), name(8)]),
      14: () => shard.network.heal(),
      16: () => shard.network.partition(name(5), name(6), { oneWay: true }),
      20: () => shard.network.pause(name(3)),
      24: () => shard.network.resume(name(3)),
      26: () => shard.network.crash(name(9)),
      28: () => shard.network.crash(name(10)),
      29: () => {
        this.begin(shard.network.restart(name(10)), random.fork());
      },
      32: () => shard.network.pause(name(11)),
      34: () => shard.network.heal(),
      46: () => shard.network.resume(name(11)),
      50: () => shard.network.change({ loss: 0.3 }),
      60: () => {
        this.begin(shard.network.restart(name(9)), random.fork());
      },
    };
    for (let step = 0; step < steps; step++) {
      faults[step]?.();
      await shard.advance(everyMs);
    }
    const hashes = await shard.gather(
      this.traces.map(({ hash, length }) => (length > 0 ? hash : '')),
    );
    return this.traces.map((_trace, at) => hashes.map((one) => one[at]).join(''));
  }

  private begin({ id, links }: ShardedNode, random: SeededRandom): void {
    if (links === undefined) return;
    this.listen(links);
    const speak = (): void => {
      links.clock.setTimer(speak, everyMs);
      const peer = this.nodes[random.integer(nodes)]?.id;
      if (peer === undefined || peer.equals(id)) return;
      const what = random.integer(6);
      const size = what === 0 ? 3_000 : 20;
      links.link(peer).then(
        (link) => {
          this.speak(links, link, what, size);
        },
        (error: Error) => {
          this.note(id, error.message);
        },
      );
    };
    links.clock.setTimer(speak, everyMs);
  }

  private speak(links: MemoryLinks, link: Link, what: number, size: number): void {
    const number = Math.floor(this.now());
    if (link.state !== 'open') this.note(links.self, 'the link has closed again');
    else if (what === 1) link.sendDatagram(this.frames.frame(kinds.frame, number, size));
    else if (what === 2) {
      link.request(kinds.request, Uint8Array.of(number & 255), { timeout: 300 }).then(
        (answer) => this.note(links.self, `answer ${answer}`),
        (error: Error) => this.note(links.self, error.message),
      );
    } else if (what === 3) this.openStream(links, link, number);
    else if (what === 4) void link.close(LinkCloseCode.none, 'enough');
    else if (what === 5) links.pin(link.peer);
    else {
      for (let count = 0; count < 5; count++) {
        link.send(this.frames.frame(count === 0 ? kinds.event : kinds.frame, number, size));
      }
    }
  }

  private openStream(links: MemoryLinks, link: Link, number: number): void {
    const stream = link.openStream(kinds.stream, Uint8Array.of(1));
    stream.onFrame((frame) => this.note(links.self, `back ${numberOf(frame)}`));
    stream.onClose((error) => this.note(links.self, `stream closed: ${error?.message}`));
    for (let count = 0; count < 4; count++) {
      stream.send(this.frames.frame(kinds.frame, number + count, 1_500));
    }
    stream.end();
  }

  private listen(links: MemoryLinks): void {
    const note = (what: string): void => this.note(links.self, what);
    for (const kind of [kinds.frame, kinds.event]) {
      links.handle(kind, (_link, frame) => {
        numberOf(frame);
        this.received++;
      });
    }
    links.handleRequest(kinds.request, (_link, body) => body);
    links.handleStream(kinds.stream, (_link, stream) => {
      this.echo(stream, note);
    });
    links.onLink((link) => {
      note(`link with ${this.numberOf(link.peer)}, ${link.initiator}`);
      link.onClose(({ code, remote }) => {
        this.closed.set(code, (this.closed.get(code) ?? 0) + 1);
        note(`link with ${this.numberOf(link.peer)} closed, ${code} ${remote} ${link.rtt}`);
      });
    });
  }

  private echo(stream: LinkStream, note: (what: string) => void): void {
    let heard = 0;
    stream.onFrame((frame) => {
      const number = numberOf(frame);
      note(`stream ${number}`);
      if (++heard === 2 && number % 3 === 0) stream.reset(7);
      else stream.send(this.frames.frame(kinds.frame, number, 100));
    });
    stream.onEnd(() => stream.end());
  }

  private note(node: NodeId, what: string): void {
    this.traces[this.numberOf(node)]?.note(this.shard?.clock.now() ?? 0, what);
  }

  private numberOf(id: NodeId): number {
    return this.numbers.get(id.key) ?? -1;
  }
}
