import {
  type Address,
  type Clock,
  type DatagramSocket,
  formatAddress,
  InvalidArgumentError,
  type Random,
  systemClock,
  type Unsubscribe,
} from '@macula/core';
import { Delivery, DeliveryQueue } from '../network/delivery-queue.ts';
import { Topology } from '../network/topology.ts';
import { seededRandom } from '../random/seeded-random.ts';
import {
  changeDatagramConditions,
  type DatagramConditions,
  perfectDatagramConditions,
} from './datagram-conditions.ts';
import { DatagramDirection } from './datagram-direction.ts';
import { type DatagramStats, noDatagrams } from './datagram-stats.ts';
import { MemorySocket, type SocketNetwork } from './memory-socket.ts';

export interface MemoryDatagramNetworkOptions extends Partial<DatagramConditions> {
  /** Default: the system's, so that real protocols run over the network in real time. */
  readonly clock?: Clock;
  /** Default: seeded with 1. */
  readonly random?: Random;
}

/** Local addresses of sockets: one or several. */
export type AddressGroup = Address | Iterable<Address>;

/** UDP in memory: sockets that lose, delay, duplicate, reorder and damage datagrams as you choose. */
export interface MemoryDatagramNetwork {
  /** Opens a socket. Default address: one of its own in 192.0.2.0/24. Throws InvalidArgumentError when the address is taken. */
  socket(address?: Address): DatagramSocket;
  /** What happens to datagrams from now on; with `from`, only to those sent by the socket with that local address. */
  change(conditions: Partial<DatagramConditions>, from?: Address): void;
  /**
   * Gives a socket another address in the eyes of others, as a NAT does that has forgotten its mapping:
   * the socket notices nothing, and what is sent to the old address is lost.
   */
  rebind(socket: DatagramSocket, address: Address): void;
  /** Loses everything between `a` and `b` (local addresses of sockets), or only from `a` to `b` with `oneWay`. The result undoes it. */
  partition(a: AddressGroup, b: AddressGroup, options?: { readonly oneWay?: boolean }): Unsubscribe;
  /** Loses everything from and to the socket with that local address. The result undoes it. */
  blackhole(address: Address): Unsubscribe;
  /** Undoes all partitions and blackholes. */
  heal(): void;
  /** What has become of datagrams sent by the socket with local address `from` to `to`. */
  stats(from: Address, to: Address): Readonly<DatagramStats>;
  /** Datagrams on their way. */
  readonly inFlight: number;
}

/** Beyond so many datagrams under way, further ones are lost: a flood must not fill the memory. */
const mostInFlight = 65_536;

/** Creates a datagram network in memory. Throws InvalidArgumentError for conditions out of range. */
export function memoryDatagramNetwork(
  options: MemoryDatagramNetworkOptions = {},
): MemoryDatagramNetwork {
  return new SimulatedDatagrams(options);
}

class SimulatedDatagrams implements MemoryDatagramNetwork, SocketNetwork {
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly queue: DeliveryQueue;
  private readonly topology = new Topology();
  private readonly blackholes = new Set<string>();
  /** By the address that others see. */
  private readonly sockets = new Map<string, MemorySocket>();
  private readonly directions = new Map<string, DatagramDirection>();
  private readonly special = new Map<string, DatagramConditions>();
  private conditions: DatagramConditions;
  private addressesGiven = 0;

  constructor(options: MemoryDatagramNetworkOptions) {
    const { clock = systemClock, random = seededRandom(1), ...conditions } = options;
    this.clock = clock;
    this.random = random;
    this.queue = new DeliveryQueue(clock);
    this.conditions = changeDatagramConditions(perfectDatagramConditions, conditions);
  }

  get inFlight(): number {
    return this.queue.size;
  }

  socket(address: Address = this.nextAddress()): DatagramSocket {
    const socket = new MemorySocket(this, address);
    this.claim(address, socket);
    return socket;
  }

  change(conditions: Partial<DatagramConditions>, from?: Address): void {
    if (from === undefined) {
      this.conditions = changeDatagramConditions(this.conditions, conditions);
    } else {
      const before = this.special.get(formatAddress(from)) ?? this.conditions;
      this.special.set(formatAddress(from), changeDatagramConditions(before, conditions));
    }
  }

  rebind(socket: DatagramSocket, address: Address): void {
    const before = [...this.sockets].find(([, candidate]) => candidate === socket);
    if (before === undefined) {
      throw new InvalidArgumentError('the socket is closed, or belongs to another network');
    }
    const [oldKey, found] = before;
    this.claim(address, found);
    this.sockets.delete(oldKey);
    found.outsideAddress = address;
  }

  partition(
    a: AddressGroup,
    b: AddressGroup,
    options: { readonly oneWay?: boolean } = {},
  ): Unsubscribe {
    return this.topology.cut(keysOf(a), keysOf(b), options.oneWay !== true);
  }

  blackhole(address: Address): Unsubscribe {
    const key = formatAddress(address);
    this.blackholes.add(key);
    return () => {
      this.blackholes.delete(key);
    };
  }

  heal(): void {
    this.topology.heal();
    this.blackholes.clear();
  }

  stats(from: Address, to: Address): Readonly<DatagramStats> {
    return (
      this.directions.get(directionKey(formatAddress(from), formatAddress(to)))?.stats ??
      noDatagrams()
    );
  }

  send(socket: MemorySocket, bytes: Uint8Array, to: Address): void {
    const from = formatAddress(socket.localAddress);
    const direction = this.direction(from, formatAddress(to));
    if (this.queue.size >= mostInFlight) {
      direction.stats.sent++;
      direction.stats.overflowed++;
      return;
    }
    const conditions = this.special.get(from) ?? this.conditions;
    for (const copy of direction.send(bytes, this.clock.now(), conditions)) {
      const packet = new Packet(this, direction, socket, socket.outsideAddress, to, copy.bytes);
      this.queue.schedule(packet, copy.arrival);
    }
  }

  closed(socket: MemorySocket): void {
    const key = formatAddress(socket.outsideAddress);
    if (this.sockets.get(key) === socket) this.sockets.delete(key);
  }

  /** Hands a datagram that has arrived to whoever is at the address now. */
  deliver(packet: Packet): void {
    const { stats } = packet.direction;
    const target = this.sockets.get(formatAddress(packet.to));
    if (target === undefined) {
      stats.unclaimed++;
    } else if (this.passes(packet.sender, target)) {
      stats.delivered++;
      stats.deliveredBytes += packet.bytes.length;
      target.receive(packet.bytes, packet.from);
    } else {
      stats.blocked++;
    }
  }

  private passes(sender: MemorySocket, target: MemorySocket): boolean {
    const from = formatAddress(sender.localAddress);
    const to = formatAddress(target.localAddress);
    if (this.blackholes.has(from) || this.blackholes.has(to)) return false;
    return this.topology.passes(from, to);
  }

  private direction(from: string, to: string): DatagramDirection {
    const key = directionKey(from, to);
    let direction = this.directions.get(key);
    if (direction === undefined) {
      this.directions.set(key, (direction = new DatagramDirection(this.random)));
    }
    return direction;
  }

  private claim(address: Address, socket: MemorySocket): void {
    const key = formatAddress(address);
    if (this.sockets.has(key)) throw new InvalidArgumentError(`address ${key} is taken`);
    this.sockets.set(key, socket);
  }

  private nextAddress(): Address {
    const n = this.addressesGiven++;
    return { host: `192.0.2.${(n % 254) + 1}`, port: 4433 + Math.floor(n / 254) };
  }
}

class Packet extends Delivery {
  readonly direction: DatagramDirection;
  readonly sender: MemorySocket;
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
  private readonly network: SimulatedDatagrams;

  constructor(
    network: SimulatedDatagrams,
    direction: DatagramDirection,
    sender: MemorySocket,
    from: Address,
    to: Address,
    bytes: Uint8Array,
  ) {
    super();
    this.network = network;
    this.direction = direction;
    this.sender = sender;
    this.from = from;
    this.to = to;
    this.bytes = bytes;
  }

  arrive(): void {
    this.network.deliver(this);
  }
}

function keysOf(group: AddressGroup): string[] {
  return 'port' in group ? [formatAddress(group)] : Array.from(group, formatAddress);
}

function directionKey(from: string, to: string): string {
  return `${from} ${to}`;
}
