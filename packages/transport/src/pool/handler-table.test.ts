import { describe, expect, it } from '@jest/globals';
import { type FrameView, InvalidArgumentError, type Link, type LinkStream } from '@macula/core';
import { CountingMetrics } from '../../test/counting-metrics.ts';
import { HandlerTable, UnknownKindError } from './handler-table.ts';

const link = {} as Link;
const frame = { kind: 7 } as FrameView;
const stream = { kind: 7 } as LinkStream;

describe('a handler table', () => {
  it('gives each kind its one handler', () => {
    const table = new HandlerTable(new CountingMetrics());
    const seen: unknown[] = [];
    table.handle(7, (...given) => seen.push(given));
    table.handleRequest(7, (_link, body) => body);
    table.handleStream(7, (...given) => seen.push(given));
    table.frame(link, frame);
    table.stream(link, stream);
    expect(seen).toEqual([
      [link, frame],
      [link, stream],
    ]);
    expect(table.request(link, 7, new Uint8Array([1]))).toEqual(new Uint8Array([1]));
    expect(() => table.handle(7, () => undefined)).toThrow(InvalidArgumentError);
    expect(() => table.handleRequest(7, () => new Uint8Array())).toThrow('requests of kind 7');
    expect(() => table.handleStream(7, () => undefined)).toThrow('streams of kind 7');
  });

  it('takes another handler once the first is removed, and removes each only once', () => {
    const table = new HandlerTable(new CountingMetrics());
    const remove = table.handle(7, () => undefined);
    remove();
    let called = 0;
    table.handle(7, () => (called += 1));
    remove();
    table.frame(link, frame);
    expect(called).toBe(1);
  });

  it('counts what nobody handles: frames are skipped, requests and streams refused', () => {
    const metrics = new CountingMetrics();
    const table = new HandlerTable(metrics);
    table.frame(link, frame);
    expect(() => table.request(link, 7, new Uint8Array())).toThrow(UnknownKindError);
    expect(() => table.stream(link, stream)).toThrow(UnknownKindError);
    for (const what of ['frame', 'request', 'stream']) {
      expect(metrics.value('macula_transport_unknown_kinds_total', { what })).toBe(1);
    }
  });
});
