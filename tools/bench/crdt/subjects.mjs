// The libraries behind one interface. Each does the same work in the way that is fastest for it: where a
// library has transactions, all operations of a case are in one.
import { createRequire } from 'node:module';

const makers = { macula, yjs, loro, automerge, 'delta-crdts': deltaCrdts };

export async function subjectOf(name) {
  return makers[name]();
}

/** Adds and removes so that 1,000 elements stay alive; `step` does one addition or removal. */
function churning(names, operations, { add, remove, size, encode }) {
  for (const name of names) add(name);
  const start = performance.now();
  for (let i = 0; i < operations / 2; i++) {
    const name = names[i % names.length];
    remove(name);
    add(name);
  }
  const ms = performance.now() - start;
  return { ms, bytes: encode().length, elements: size?.() };
}

async function macula() {
  const { ORSet, ORMap, LWWRegister, PNCounter } =
    await import('../../../packages/crdt/src/index.ts');
  const Registers = ORMap(LWWRegister);
  const at = { wallMs: 1_700_000_000_000, counter: 0 };
  const grow = (set, names) => {
    let { state } = set;
    for (const name of names) state = ORSet.merge(state, ORSet.add(state, set.writer, name));
    return { ...set, state };
  };
  return {
    set: {
      create: (writer) => ({ writer, state: ORSet.empty }),
      add: grow,
      remove: ({ writer, state }, names) => {
        let left = state;
        for (const name of names) left = ORSet.merge(left, ORSet.remove(left, name));
        return { writer, state: left };
      },
      has: ({ state }, name) => ORSet.has(state, name),
      encode: ({ state }) => ORSet.encode(state),
      decode: (bytes, writer) => ({ writer, state: ORSet.decode(bytes) }),
      changes: (set, names) => {
        let { state } = set;
        let all = ORSet.empty;
        for (const name of names) {
          const delta = ORSet.add(state, set.writer, name);
          state = ORSet.merge(state, delta);
          all = ORSet.merge(all, delta);
        }
        return ORSet.encode(all);
      },
      apply: ({ writer, state }, bytes) => ({
        writer,
        state: ORSet.merge(state, ORSet.decode(bytes)),
      }),
      churn: (names, operations) => {
        let state = ORSet.empty;
        return churning(names, operations, {
          add: (name) => (state = ORSet.merge(state, ORSet.add(state, 'a', name))),
          remove: (name) => (state = ORSet.merge(state, ORSet.remove(state, name))),
          size: () => ORSet.size(state),
          encode: () => ORSet.encode(state),
        });
      },
    },
    map: {
      create: () => Registers.empty,
      set: (map, names, value) => {
        let state = map;
        for (const name of names) {
          const delta = Registers.update(state, 'a', name, (register, writer) =>
            LWWRegister.set(register, writer, value, at),
          );
          state = Registers.merge(state, delta);
        }
        return state;
      },
    },
    counter: (increments) => {
      let state = PNCounter.empty;
      for (let i = 0; i < increments; i++) {
        state = PNCounter.merge(state, PNCounter.increment(state, 'a'));
      }
      return PNCounter.value(state);
    },
  };
}

async function yjs() {
  const Y = await import('yjs');
  const setAll = (doc, names, value) => {
    const map = doc.getMap('set');
    doc.transact(() => {
      for (const name of names) map.set(name, value);
    });
    return doc;
  };
  return {
    set: {
      create: () => new Y.Doc(),
      add: (doc, names) => setAll(doc, names, true),
      remove: (doc, names) => {
        const map = doc.getMap('set');
        doc.transact(() => {
          for (const name of names) map.delete(name);
        });
        return doc;
      },
      has: (doc, name) => doc.getMap('set').has(name),
      encode: (doc) => Y.encodeStateAsUpdate(doc),
      decode: (bytes) => {
        const doc = new Y.Doc();
        Y.applyUpdate(doc, bytes);
        return doc;
      },
      changes: (doc, names) => {
        const vector = Y.encodeStateVector(doc);
        return Y.encodeStateAsUpdate(setAll(doc, names, true), vector);
      },
      apply: (doc, bytes) => Y.applyUpdate(doc, bytes),
      churn: (names, operations) => {
        const doc = new Y.Doc();
        const map = doc.getMap('set');
        return churning(names, operations, {
          add: (name) => map.set(name, true),
          remove: (name) => map.delete(name),
          encode: () => Y.encodeStateAsUpdate(doc),
        });
      },
    },
    map: { create: () => new Y.Doc(), set: setAll },
  };
}

async function loro() {
  const { LoroDoc } = await import('loro-crdt');
  const setAll = (doc, names, value) => {
    const map = doc.getMap('set');
    for (const name of names) map.set(name, value);
    doc.commit();
    return doc;
  };
  return {
    set: {
      create: () => new LoroDoc(),
      add: (doc, names) => setAll(doc, names, true),
      remove: (doc, names) => {
        const map = doc.getMap('set');
        for (const name of names) map.delete(name);
        doc.commit();
        return doc;
      },
      has: (doc, name) => doc.getMap('set').get(name) === true,
      encode: (doc) => doc.export({ mode: 'snapshot' }),
      decode: (bytes) => LoroDoc.fromSnapshot(bytes),
      changes: (doc, names) => {
        const version = doc.version();
        return setAll(doc, names, true).export({ mode: 'update', from: version });
      },
      apply: (doc, bytes) => doc.import(bytes),
      churn: (names, operations) => {
        const doc = new LoroDoc();
        const map = doc.getMap('set');
        return churning(names, operations, {
          add: (name) => map.set(name, true),
          remove: (name) => map.delete(name),
          encode: () => {
            doc.commit();
            return doc.export({ mode: 'snapshot' });
          },
        });
      },
    },
    map: { create: () => new LoroDoc(), set: setAll },
    counter: (increments) => {
      const doc = new LoroDoc();
      const counter = doc.getCounter('count');
      for (let i = 0; i < increments; i++) counter.increment(1);
      doc.commit();
      return counter.value;
    },
  };
}

async function automerge() {
  const A = await import('@automerge/automerge');
  const setAll = (doc, names, value) =>
    A.change(doc, ({ set }) => {
      for (const name of names) set[name] = value;
    });
  const empty = () => A.from({ set: {} });
  return {
    set: {
      create: empty,
      add: (doc, names) => setAll(doc, names, true),
      remove: (doc, names) =>
        A.change(doc, ({ set }) => {
          for (const name of names) delete set[name];
        }),
      has: (doc, name) => doc.set[name] === true,
      encode: (doc) => A.save(doc),
      decode: (bytes) => A.load(bytes),
      changes: (doc, names) => {
        const heads = A.getHeads(doc);
        return A.saveSince(setAll(doc, names, true), heads);
      },
      apply: (doc, bytes) => A.loadIncremental(doc, bytes),
      churn: (names, operations) => {
        let doc = empty();
        let result;
        doc = A.change(doc, ({ set }) => {
          result = churning(names, operations, {
            add: (name) => (set[name] = true),
            remove: (name) => delete set[name],
            encode: () => [],
          });
        });
        return { ...result, bytes: A.save(doc).length };
      },
    },
    map: { create: empty, set: setAll },
    counter: (increments) =>
      A.change(A.from({ count: new A.Counter() }), ({ count }) => {
        for (let i = 0; i < increments; i++) count.increment(1);
      }),
  };
}

async function deltaCrdts() {
  const require = createRequire(import.meta.url);
  const create = require('delta-crdts');
  const codec = require('delta-crdts-msgpack-codec');
  const Set = create('aworset');
  const grow = (replica, names) => {
    for (const name of names) replica.add(name);
    return replica;
  };
  return {
    set: {
      create: (id) => Set(id),
      add: grow,
      remove: (replica, names) => {
        for (const name of names) replica.remove(name);
        return replica;
      },
      has: (replica, name) => replica.value().has(name),
      encode: (replica) => codec.encode(replica.state()),
      decode: (bytes, id) => {
        const replica = Set(id);
        replica.apply(codec.decode(bytes));
        return replica;
      },
      changes: (replica, names) => {
        const join = create.type('aworset').join;
        return codec.encode(names.map((name) => replica.add(name)).reduce((a, b) => join(a, b)));
      },
      apply: (replica, bytes) => replica.apply(codec.decode(bytes)),
      churn: (names, operations) => {
        const replica = Set('a');
        return churning(names, operations, {
          add: (name) => replica.add(name),
          remove: (name) => replica.remove(name),
          encode: () => codec.encode(replica.state()),
        });
      },
    },
    counter: (increments) => {
      const replica = create('pncounter')('a');
      for (let i = 0; i < increments; i++) replica.inc();
      return replica.value();
    },
  };
}
