import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DirectoryKey, type LinkStream } from '@macula/core';
import type { MemoryLinks } from '@macula/testkit';
import {
  Call,
  CallFailure,
  CallStreamEnd,
  CallStreamEnd_Outcome,
  FrameKind,
  FrameWriter,
  headerOf,
  ProcedureRegistration,
} from '@macula/wire';
import { errorOf, Mesh, type MeshNode } from '../test/mesh.ts';
import { CallError, ErrorUri } from './index.ts';

const noHeader = new Uint8Array(0);
const garbage = new Uint8Array([0xc1]);

describe('a callee that answers with nonsense', () => {
  let mesh: Mesh;
  let caller: MeshNode;
  let rogue: MemoryLinks;
  const writer = new FrameWriter();

  beforeEach(async () => {
    mesh = new Mesh();
    caller = await mesh.node();
    rogue = mesh.network.node();
    const directory = mesh.directory.node(rogue.self);
    for (const stream of [false, true]) {
      const record = {
        id: 'x',
        pattern: 'work',
        match: 0,
        invoke: 0,
        created: 1n,
        stream,
      } as const;
      const key = DirectoryKey.of('test', 'procedure', 'work');
      directory.announce(key, ProcedureRegistration.encode(record).finish());
    }
    rogue.handle(FrameKind.procedure, () => undefined);
    rogue.handle(FrameKind.cancel, () => undefined);
    await mesh.settle();
  });

  afterEach(() => mesh.stop());

  function answerCalls(
    kind: number,
    header: (id: number) => Uint8Array,
    payload: Uint8Array,
  ): void {
    rogue.handle(FrameKind.call, (link, frame) => {
      const { id } = Call.decode(headerOf(frame));
      link.send(writer.payload(payload).frame(kind, header(id)));
    });
  }

  function answerStreams(answer: (stream: LinkStream) => void): void {
    rogue.handleStream(FrameKind.callStream, (_link, stream) => {
      stream.onFrame(() => undefined);
      answer(stream);
    });
  }

  it('fails the call when its result does not decode', async () => {
    answerCalls(FrameKind.result, (id) => new Uint8Array([8, id]), garbage);
    const error = await errorOf(mesh.clock.complete(caller.rpc.call('work')));
    expect(error).toBeInstanceOf(CallError);
    expect(error).toMatchObject({ uri: ErrorUri.protocolViolation });
    expect(caller.metrics.value('macula_rpc_malformed_bodies_total')).toBe(1);
  });

  it('fails the call with its URI when its error arguments do not decode', async () => {
    const header = (id: number): Uint8Array =>
      CallFailure.encode({ id, uri: 'com.odd', refused: false }).finish();
    answerCalls(FrameKind.callError, header, garbage);
    expect(await errorOf(mesh.clock.complete(caller.rpc.call('work')))).toMatchObject({
      uri: 'com.odd',
      args: [],
    });
  });

  it('is understood when it adds fields to a result', async () => {
    const header = (id: number): Uint8Array => new Uint8Array([8, id, 0xf8, 0x07, 1]);
    answerCalls(FrameKind.result, header, new Uint8Array([0x91, 0x91, 0x05]));
    expect(await mesh.clock.complete(caller.rpc.call('work'))).toEqual([5]);
  });

  it('settles a call once, however often it answers', async () => {
    rogue.handle(FrameKind.call, (link, frame) => {
      const { id } = Call.decode(headerOf(frame));
      for (const value of [1, 2]) {
        link.send(writer.value([[value], null]).frame(FrameKind.result, new Uint8Array([8, id])));
      }
    });
    expect(await mesh.clock.complete(caller.rpc.call('work'))).toBe(1);
    await mesh.settle();
    expect(caller.metrics.value('macula_rpc_stale_answers_total')).toBe(1);
  });

  it('fails the stream when an item does not decode', async () => {
    answerStreams((stream) => {
      stream.send(writer.payload(garbage).frame(FrameKind.callStreamItem, noHeader));
    });
    const stream = await mesh.clock.complete(caller.rpc.openStream('work'));
    expect(await errorOf(mesh.clock.complete(stream.result))).toMatchObject({
      uri: ErrorUri.protocolViolation,
    });
  });

  it('fails the stream when it ends without a result', async () => {
    answerStreams((stream) => stream.end());
    const stream = await mesh.clock.complete(caller.rpc.openStream('work'));
    expect(await errorOf(mesh.clock.complete(stream.result))).toMatchObject({
      code: 'macula.rpc.callee_lost',
    });
  });

  it('cannot add anything to a stream that has its result', async () => {
    answerStreams((stream) => {
      const { RESULT: outcome } = CallStreamEnd_Outcome;
      const end = CallStreamEnd.encode({ outcome, uri: '', refused: false }).finish();
      stream.send(writer.value([[7], null]).frame(FrameKind.callStreamEnd, end));
      stream.send(writer.payload(garbage).frame(FrameKind.callStreamItem, noHeader));
      stream.end();
    });
    const stream = await mesh.clock.complete(caller.rpc.openStream('work'));
    expect(await mesh.clock.complete(stream.result)).toBe(7);
    await mesh.settle();
    await expect(stream.result).resolves.toBe(7);
  });
});

describe('a caller that streams nonsense', () => {
  it('gets its stream reset, and the handler an error', async () => {
    const mesh = new Mesh();
    const callee = await mesh.node();
    let failure: unknown;
    await mesh.clock.complete(
      callee.rpc.registerStream('talk', async (stream) => {
        try {
          for await (const item of stream) void item;
        } catch (error) {
          failure = error;
        }
      }),
    );
    const rogue = mesh.network.node();
    const link = await mesh.clock.complete(rogue.link(callee.links.self));
    // CallStreamOpen { procedure: "talk" }
    const header = new Uint8Array([0x0a, 4, ...Buffer.from('talk')]);
    const stream = link.openStream(FrameKind.callStream, header);
    let closedWith: unknown;
    stream.onClose((error) => {
      closedWith = error;
    });
    const writer = new FrameWriter();
    stream.send(writer.payload(garbage).frame(FrameKind.callStreamItem, noHeader));
    await mesh.clock.advance(50);
    expect(closedWith).toMatchObject({ code: 'macula.stream.reset', resetCode: 3 });
    expect(failure).toMatchObject({ uri: ErrorUri.invalidArgument });

    // Arguments that do not decode: refused, and the link lives.
    const bad = link.openStream(FrameKind.callStream, new Uint8Array([...header, 0x2a, 1, 0xc1]));
    const answers: number[] = [];
    bad.onFrame((frame) => answers.push(frame.kind));
    await mesh.clock.advance(50);
    expect(answers).toEqual([FrameKind.callStreamEnd]);
    expect(link.state).toBe('open');
    await mesh.stop();
  });
});
