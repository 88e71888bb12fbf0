import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type EncodedFrame,
  type FrameHandler,
  type Link,
  LinkCloseCode,
  type LinkCloseReason,
  type Links,
  ProtocolError,
} from '@macula/core';
import { seededRandom } from '@macula/testkit';
import { Call, CallStreamOpen, FrameKind, FrameWriter, Procedure, readFrame } from '@macula/wire';
import { Mesh, type MeshNode } from '../test/mesh.ts';
import { createRpc } from './index.ts';

/** The header of a call, written by hand. */
function callFrame(call: Partial<Call>): Uint8Array {
  const { id = 1, alias = 0, timeoutMs = 1_000, flags = 0 } = call;
  const { procedure = '', traceparent = '' } = call;
  const { details = new Uint8Array() } = call;
  const numbers = { id, alias, timeoutMs, flags };
  return Call.encode({ ...numbers, procedure, traceparent, details }).finish();
}

describe('a peer that breaks the protocol', () => {
  let mesh: Mesh;
  let victim: MeshNode;
  let bystander: MeshNode;
  let link: Link;
  let closed: LinkCloseReason | undefined;
  const writer = new FrameWriter();

  beforeEach(async () => {
    mesh = new Mesh();
    victim = await mesh.node();
    bystander = await mesh.node();
    await mesh.clock.complete(
      victim.rpc.register('echo', (_args, { payload }) => payload ?? 'nothing'),
    );
    await mesh.settle();
    const attacker = mesh.network.node();
    link = await mesh.clock.complete(attacker.link(victim.links.self));
    closed = undefined;
    link.onClose((reason) => {
      closed = reason;
    });
  });

  afterEach(async () => {
    // Nobody else notices.
    expect(await mesh.clock.complete(bystander.rpc.call('echo', 'fine'))).toBe('fine');
    // What the victim threw is what closed the link; no other link has failed.
    (mesh.network.failures as unknown[]).splice(0);
    await mesh.stop();
  });

  it.each<[string, number, Uint8Array]>([
    ['calls an alias it has not introduced', FrameKind.call, callFrame({ alias: 7 })],
    ['calls without a name', FrameKind.call, callFrame({})],
    ['calls a name that is none', FrameKind.call, callFrame({ procedure: 'a..b c' })],
    ['calls without a number', FrameKind.call, callFrame({ id: 0, procedure: 'echo' })],
    ['sends a header that does not decode', FrameKind.call, new Uint8Array([0x0a, 0xff, 1])],
    [
      'gives an alias out of turn',
      FrameKind.procedure,
      Procedure.encode({ alias: 2, uri: 'echo' }).finish(),
    ],
    [
      'names a procedure badly',
      FrameKind.procedure,
      Procedure.encode({ alias: 1, uri: 'echo echo' }).finish(),
    ],
    ['sends a result that does not decode', FrameKind.result, new Uint8Array([0x0a, 0xff, 1])],
    ['sends an error that does not decode', FrameKind.callError, new Uint8Array([0x0a, 0xff, 1])],
  ])('and %s loses its link', async (_what, kind, header) => {
    link.send(writer.value([[]]).frame(kind, header));
    await mesh.clock.advance(100);
    expect(closed).toMatchObject({ code: LinkCloseCode.protocolViolation, remote: true });
    // Real links close as `internal` for every other error: the fault is the peer's, and is to be called so.
    expect(mesh.network.failures[0]?.error).toBeInstanceOf(ProtocolError);
  });

  it.each<[string, string]>([
    ['does not decode', ''],
    ['names a procedure badly', 'echo echo'],
  ])('and opens a stream that %s loses its link', async (_what, procedure) => {
    const none = { timeoutMs: 0, flags: 0, traceparent: '', body: new Uint8Array() };
    const header = CallStreamOpen.encode({ ...none, procedure }).finish();
    link.openStream(FrameKind.callStream, procedure === '' ? Uint8Array.of(0x0a, 0xff, 1) : header);
    await mesh.clock.advance(100);
    expect(mesh.network.failures[0]?.error).toBeInstanceOf(ProtocolError);
  });

  it('and uses a number twice loses its link, and its handler stops', async () => {
    let stopped = false;
    await mesh.clock.complete(
      victim.rpc.register('sleep', (_args, { signal }) => {
        signal.addEventListener('abort', () => {
          stopped = true;
        });
        return new Promise(() => undefined);
      }),
    );
    const header = callFrame({ procedure: 'sleep' });
    link.send(writer.value([[]]).frame(FrameKind.call, header));
    link.send(writer.value([[]]).frame(FrameKind.call, header));
    await mesh.clock.advance(100);
    expect(closed?.code).toBe(LinkCloseCode.protocolViolation);
    expect(stopped).toBe(true);
  });

  it.each([
    ['results of calls that do not exist', FrameKind.result, new Uint8Array([8, 99])],
    ['errors of calls that do not exist', FrameKind.callError, new Uint8Array([8, 99])],
    ['cancellations of calls that do not exist', FrameKind.cancel, new Uint8Array([8, 99])],
  ])('with %s is ignored', async (_what, kind, header) => {
    link.send(writer.value([[]]).frame(kind, header));
    await mesh.clock.advance(100);
    expect(closed).toBeUndefined();
  });

  it('with arguments that do not decode gets an error, no more', async () => {
    const answers: number[] = [];
    const attacker = mesh.network.node();
    attacker.handle(FrameKind.callError, (_link, frame) => void answers.push(frame.kind));
    const other = await mesh.clock.complete(attacker.link(victim.links.self));
    const header = callFrame({ procedure: 'echo' });
    other.send(writer.payload(new Uint8Array([0xc1])).frame(FrameKind.call, header));
    other.send(
      writer.value('no body').frame(FrameKind.call, callFrame({ id: 2, procedure: 'echo' })),
    );
    await mesh.clock.advance(100);
    expect(answers).toHaveLength(2);
    expect(other.state).toBe('open');
    expect(victim.metrics.value('macula_rpc_malformed_bodies_total')).toBe(2);
  });

  it('with unknown fields in a header is understood', async () => {
    const header = new Uint8Array([...callFrame({ procedure: 'echo' }), 0xf8, 0x07, 0x01]);
    link.send(writer.value([[]]).frame(FrameKind.call, header));
    await mesh.clock.advance(100);
    expect(closed).toBeUndefined();
    expect(victim.metrics.value('macula_rpc_invocations_total ok')).toBe(1);
  });
});

describe('a peer that never reads', () => {
  it('loses its link before its answers cost much, and what waited is let go', async () => {
    const mesh = new Mesh();
    const { clock, random } = { clock: mesh.clock, random: mesh.network.node() };
    const handlers = new Map<number, FrameHandler>();
    const closeListeners: ((reason: LinkCloseReason) => void)[] = [];
    let closedWith: number | undefined;
    const link = {
      peer: random.self,
      state: 'open',
      rtt: 1,
      send: (_frame: EncodedFrame) => false,
      onDrain: () => () => undefined,
      onClose: (listener: (reason: LinkCloseReason) => void) => closeListeners.push(listener),
      close: (code: number) => {
        closedWith = code;
        for (const listener of closeListeners) listener({ code, message: '', remote: false });
        return Promise.resolve();
      },
    } as unknown as Link;
    const self = mesh.network.node();
    const links = {
      self: self.self,
      get: () => undefined,
      handle: (kind: number, handler: FrameHandler) => {
        handlers.set(kind, handler);
        return () => handlers.delete(kind);
      },
      handleStream: () => () => undefined,
    } as unknown as Links;
    const rpc = createRpc(
      { links, directory: mesh.directory.node(self.self), clock, random: seededRandom(1) },
      { realm: 'test', maxInvocationsPerLink: 16 },
    );
    await rpc.start();
    let runs = 0;
    await mesh.clock.complete(rpc.register('echo', () => ++runs));
    const writer = new FrameWriter();
    let sent = 0;
    while (closedWith === undefined && sent < 1_000) {
      writer.value([[]]).frame(FrameKind.call, callFrame({ id: ++sent, procedure: 'echo' }));
      handlers.get(FrameKind.call)?.(link, readFrame(writer.bytes, writer.start, writer.end));
    }
    expect(closedWith).toBe(LinkCloseCode.overloaded);
    expect([runs, sent]).toEqual([16, 33]);
    await rpc.stop();
    await mesh.stop();
  });
});
