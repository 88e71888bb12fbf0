import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { LinkCloseCode } from '@macula/core';
import {
  bodyOf,
  copyPayload,
  decodePayload,
  EventHeader,
  FrameKind,
  FrameWriter,
  headerOf,
  Hello,
  Inlet,
  Inlet_Action,
  maxPayloadDepth,
  readBody,
  readFrame,
} from './index.ts';

const document = readFileSync(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');

/** The rows `| number | name | …` between two headings, as name and number. */
function numbersIn(from: string, to: string): Record<string, number> {
  const section = document.slice(document.indexOf(`\n${from}\n`), document.indexOf(`\n${to}\n`));
  const rows = section.matchAll(/^\| `(0x[0-9a-f]+)` *\| `(\w+)` *\|/gm);
  return Object.fromEntries([...rows].map(([, number, name]) => [name, Number(number)]));
}

/** The bytes of the example `name`: in each line the hex digits before the first run of spaces. */
function example(name: string): Uint8Array {
  const block = new RegExp(`^\`\`\`hex ${name}\n(.*?)^\`\`\``, 'ms').exec(document)?.[1] ?? '';
  const digits = block
    .split('\n')
    .map((line) => /^ *((?:[0-9a-f]{2} ?)*)(?: |$)/.exec(line)?.[1] ?? '')
    .join('')
    .replaceAll(' ', '');
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}

function written(writer: FrameWriter): Uint8Array {
  return writer.bytes.slice(writer.start, writer.end);
}

describe('docs/protocol.md', () => {
  test('lists every frame kind with its number', () => {
    expect(numbersIn('## 5. Frame kinds', '## 6. The greeting')).toEqual(FrameKind);
  });

  test('lists every close code with its number', () => {
    expect(numbersIn('### 8.1 Closing a link', '### 8.2 Resetting a stream')).toEqual(
      LinkCloseCode,
    );
  });

  test('names the depth that payloads may have', () => {
    expect(document).toContain(`nest at most **${maxPayloadDepth}** deep`);
  });

  test('shows a hello as it is written and read', () => {
    const hello: Hello = {
      versions: [1],
      features: ['example'],
      realm: 'be.cortexiq.energy',
      nonce: Uint8Array.from({ length: 32 }, (_, i) => i),
      addresses: ['192.0.2.7:4433'],
      agent: 'macula/0.1.0',
      admission: 'secret',
    };
    const bytes = example('hello');
    const header = Hello.encode(hello).finish();
    expect(written(new FrameWriter().empty().frame(FrameKind.hello, header))).toEqual(bytes);
    const frame = readFrame(bytes);
    expect(frame.kind).toBe(FrameKind.hello);
    const decoded = Hello.decode(headerOf(frame));
    expect({ ...decoded, nonce: Uint8Array.from(decoded.nonce) }).toEqual(hello);
  });

  test('shows an event as it is written and read', () => {
    const bytes = example('event');
    const frame = readFrame(bytes);
    expect(frame.kind).toBe(FrameKind.event);
    const header = EventHeader.decode(headerOf(frame));
    expect(header).toMatchObject({ alias: 1, sequence: 7n, qos: 1 });
    expect(readBody(decodePayload(frame)).payload).toEqual({ production_w: 3500, at: 'home_001' });
    const writer = new FrameWriter().value([[], { production_w: 3500, at: 'home_001' }]);
    expect(written(writer.frame(frame.kind, EventHeader.encode(header).finish()))).toEqual(bytes);
  });

  test('shows an event on a way through an inlet as it is written and read', () => {
    const event = EventHeader.encode({
      ...EventHeader.decode(new Uint8Array()),
      alias: 1,
      sequence: 1n,
    }).finish();
    const inner = written(new FrameWriter().value(bodyOf(7)).frame(FrameKind.event, event));
    const header = Inlet.encode({
      way: 2,
      action: Inlet_Action.CARRY,
      peer: new Uint8Array(),
    }).finish();
    const bytes = example('inlet');
    expect(written(new FrameWriter().payload(inner).frame(FrameKind.inlet, header))).toEqual(bytes);
    const frame = readFrame(bytes);
    expect(Inlet.decode(headerOf(frame)).way).toBe(2);
    const carried = readFrame(copyPayload(frame));
    expect(readBody(decodePayload(carried)).payload).toBe(7);
  });
});
