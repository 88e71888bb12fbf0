import type { EncodedFrame, Link, Links } from '@macula/core';
import { seededRandom } from '@macula/testkit';

/**
 * Links that lose replication frames for good, which real ones do only when they break: the worst that gossip
 * can meet.
 */
export function losingFrames(links: Links, loss: number, seed: number): Links {
  const random = seededRandom(seed);
  const wrapped = new WeakMap<Link, Link>();
  const lossy = (link: Link): Link => {
    let wrapper = wrapped.get(link);
    if (wrapper === undefined) {
      const send = (frame: EncodedFrame): boolean => random.next() < loss || link.send(frame);
      wrapper = overriding(link, { send });
      wrapped.set(link, wrapper);
    }
    return wrapper;
  };
  return overriding(links, {
    link: async (peer, options) => lossy(await links.link(peer, options)),
    get: (peer) => {
      const link = links.get(peer);
      return link === undefined ? undefined : lossy(link);
    },
    all: () => Array.from(links.all(), lossy),
    onLink: (listener) => links.onLink((link) => listener(lossy(link))),
    handle: (kind, handler) => links.handle(kind, (link, frame) => handler(lossy(link), frame)),
  });
}

/** `target` with some of its members replaced. */
function overriding<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(object, name) {
      const own = members[name as keyof T];
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(object, name, object);
      return typeof value === 'function' ? (value.bind(object) as unknown) : value;
    },
  });
}
