import {
  type Address,
  type DatagramListener,
  type DatagramSocket,
  Listeners,
  type Unsubscribe,
} from '@macula/core';

/** How a socket's datagrams get out. */
export interface SocketNetwork {
  send(socket: MemorySocket, bytes: Uint8Array, to: Address): void;
  closed(socket: MemorySocket): void;
}

/** A datagram socket of a network in memory. */
export class MemorySocket implements DatagramSocket {
  readonly localAddress: Address;
  /** The address that others see: another one than `localAddress` after a NAT has rebound. */
  outsideAddress: Address;
  private readonly network: SocketNetwork;
  private readonly listeners = new Listeners<[Uint8Array, Address]>();
  private closing: Promise<void> | undefined;

  constructor(network: SocketNetwork, address: Address) {
    this.network = network;
    this.localAddress = address;
    this.outsideAddress = address;
  }

  send(bytes: Uint8Array, to: Address): void {
    if (this.closing === undefined) this.network.send(this, bytes, to);
  }

  onMessage(listener: DatagramListener): Unsubscribe {
    return this.listeners.add(listener);
  }

  close(): Promise<void> {
    if (this.closing === undefined) {
      this.closing = Promise.resolve();
      this.network.closed(this);
      this.listeners.clear();
    }
    return this.closing;
  }

  /** Called by the network. */
  receive(bytes: Uint8Array, from: Address): void {
    this.listeners.emit(bytes, from);
  }
}
