// Links whose messages can be held up while the process and its timers go on: the anomaly of Lifeguard's experiments
// (arXiv 1707.00788, §V-A), where a member is blocked before it sends and after it receives.

/** `links` with a `stall()`, after which nothing leaves or gets in, until `release()` lets all of it go on. */
export function stallingLinks(links) {
  const wrappers = new WeakMap();
  let held;
  const through = (run) => (held === undefined ? run() : (held.push(run), true));
  const wrap = (link) => {
    if (link === undefined) return undefined;
    let wrapper = wrappers.get(link);
    if (wrapper === undefined) wrappers.set(link, (wrapper = new StallingLink(link, through)));
    return wrapper;
  };
  return {
    stall: () => (held ??= []),
    release: () => {
      const waiting = held ?? [];
      held = undefined;
      for (const run of waiting) run();
    },
    self: links.self,
    get localAddresses() {
      return links.localAddresses;
    },
    get: (peer) => wrap(links.get(peer)),
    all: () => [...links.all()].map(wrap),
    link: async (...args) => wrap(await links.link(...args)),
    dial: async (...args) => wrap(await links.dial(...args)),
    learn: (...args) => links.learn(...args),
    pin: (peer) => links.pin(peer),
    onLink: (listener) => links.onLink((link) => listener(wrap(link))),
    handle: (kind, handler) =>
      links.handle(kind, (link, frame) => {
        if (held === undefined) handler(wrap(link), frame);
        else {
          const copy = { ...frame, bytes: Uint8Array.from(frame.bytes) };
          held.push(() => handler(wrap(link), copy));
        }
      }),
    handleRequest: (kind, handler) =>
      links.handleRequest(kind, (link, body) => {
        if (held === undefined) return handler(wrap(link), body);
        return new Promise((resolve, reject) => {
          held.push(() => Promise.resolve(handler(wrap(link), body)).then(resolve, reject));
        });
      }),
  };
}

class StallingLink {
  constructor(link, through) {
    this.link = link;
    this.through = through;
  }

  get peer() {
    return this.link.peer;
  }

  get state() {
    return this.link.state;
  }

  get remoteAddress() {
    return this.link.remoteAddress;
  }

  send(frame) {
    const copy = copied(frame);
    return this.through(() => this.link.send(copy));
  }

  sendDatagram(frame) {
    const copy = copied(frame);
    return this.through(() => this.link.sendDatagram(copy));
  }

  request(kind, body, options) {
    return new Promise((resolve, reject) => {
      this.through(() => this.link.request(kind, body, options).then(resolve, reject));
    });
  }

  onClose(listener) {
    return this.link.onClose(listener);
  }
}

/** Whoever takes a frame copies it: its buffer is used again. */
function copied({ kind, bytes, start, end }) {
  return { kind, bytes: Uint8Array.from(bytes.subarray(start, end)), start: 0, end: end - start };
}
