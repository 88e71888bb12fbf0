import { describe, expect, it } from '@jest/globals';
import {
  DirectoryKey,
  type FrameHandler,
  type FrameView,
  type Link,
  type Links,
  NodeId,
} from '@macula/core';
import { seededRandom, virtualClock } from '@macula/testkit';
import {
  Call,
  copyPayload,
  decodeValue,
  FrameKind,
  ProcedureRegistration,
  readFrame,
} from '@macula/wire';
import { SharedDirectory } from '../test/shared-directory.ts';
import { createRpc } from './index.ts';

interface Sent {
  readonly kind: number;
  readonly early: boolean;
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

/** A caller whose link to the callee is still in 0-RTT, and what it sends over it. */
async function early() {
  const clock = virtualClock();
  const directory = new SharedDirectory(clock, 0);
  const [self, peer] = [1, 2].map((fill) => NodeId.fromBytes(new Uint8Array(32).fill(fill)));
  const handlers = new Map<number, FrameHandler>();
  const sent: Sent[] = [];
  const link = {
    peer: peer!,
    state: 'early',
    rtt: NaN,
    send(frame: FrameView & { start: number; end: number }, idempotent = false) {
      const view = readFrame(frame.bytes, frame.start, frame.end);
      sent.push({
        kind: view.kind,
        early: idempotent,
        header: view.bytes.slice(view.headerStart, view.headerEnd),
        payload: copyPayload(view),
      });
      return true;
    },
    onDrain: () => () => undefined,
    onClose: () => () => undefined,
  };
  const links = {
    self: self!,
    get: () => undefined,
    link: (_peer: NodeId, options: { early?: boolean }) => {
      dials.push(options.early === true);
      return Promise.resolve(link as unknown as Link);
    },
    pin: () => () => undefined,
    handle: (kind: number, handler: FrameHandler) => {
      handlers.set(kind, handler);
      return () => handlers.delete(kind);
    },
    handleStream: () => () => undefined,
  } as unknown as Links;
  const dials: boolean[] = [];
  const record = {
    id: 'x',
    pattern: 'work',
    match: 0,
    invoke: 0,
    created: 1n,
    stream: false,
  } as const;
  directory
    .node(peer!)
    .announce(
      DirectoryKey.of('test', 'procedure', 'work'),
      ProcedureRegistration.encode(record).finish(),
    );
  const rpc = createRpc(
    { links, directory: directory.node(self!), clock, random: seededRandom(1) },
    { realm: 'test' },
  );
  await rpc.start();
  return { rpc, sent, dials, link, clock };
}

describe('a link in 0-RTT', () => {
  it('takes an idempotent call early, with its procedure written out', async () => {
    const { rpc, sent, dials, clock } = await early();
    rpc.call('work', ['a'], { idempotent: true }).catch(() => undefined);
    await clock.advance(0);
    expect(dials).toEqual([true]);
    expect(sent).toMatchObject([{ kind: FrameKind.call, early: true }]);
    expect(Call.decode(sent[0]!.header)).toMatchObject({ alias: 0, procedure: 'work', flags: 2 });
    expect(decodeValue(sent[0]!.payload)).toEqual([['a']]);
    await rpc.stop();
  });

  it('takes other calls for later, behind the alias of their procedure', async () => {
    const { rpc, sent, dials, link, clock } = await early();
    rpc.call('work', ['a']).catch(() => undefined);
    await clock.advance(0);
    expect(dials).toEqual([false]);
    expect(sent).toMatchObject([
      { kind: FrameKind.procedure, early: false },
      { kind: FrameKind.call, early: false },
    ]);
    link.state = 'open';
    rpc.call('work', ['b'], { idempotent: true }).catch(() => undefined);
    expect(sent[2]).toMatchObject({ kind: FrameKind.call, early: false });
    expect(Call.decode(sent[2]!.header)).toMatchObject({ alias: 1, procedure: '' });
    await rpc.stop();
  });
});
