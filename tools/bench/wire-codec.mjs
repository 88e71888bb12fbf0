// Nanoseconds that frames and payloads cost, one core, no sockets:
//   node --conditions=@macula/source --import ./tools/typescript-loader.mjs tools/bench/wire-codec.mjs
import {
  bodyOf,
  decodePayload,
  FrameDecoder,
  FrameKind,
  FrameWriter,
  readBody,
} from '@macula/wire';

const header = new Uint8Array(24).fill(3);
const payloads = {
  '128 bytes': new Uint8Array(128).fill(7),
  '128 characters': 'x'.repeat(128),
  '8-key object': {
    home: 'home_001',
    at: 1_700_000_000_000,
    production_w: 3500,
    consumption_w: 1200.5,
    tariff: 'day',
    battery: { soc: 0.5, power_w: -120 },
  },
  'list of one string': ['home_001'],
};

/** Best of five runs, in nanoseconds per call. */
function nanoseconds(calls, run) {
  run();
  let best = Infinity;
  for (let attempt = 0; attempt < 5; attempt++) {
    const start = performance.now();
    run();
    best = Math.min(best, ((performance.now() - start) * 1e6) / calls);
  }
  return best.toFixed(0).padStart(14);
}

const columns = ['encode + frame', 'frame only', 'decode frame', '... + payload'];
console.log('ns per message'.padEnd(20), ...columns.map((column) => column.padStart(14)));
for (const [name, value] of Object.entries(payloads)) {
  const writer = new FrameWriter();
  writer.value(bodyOf(value)).frame(FrameKind.event, header);
  const frame = writer.bytes.slice(writer.start, writer.end);
  const count = Math.floor(65_536 / frame.length);
  const chunk = Buffer.concat(Array(count).fill(frame));
  const decoder = new FrameDecoder({});
  const chunks = Math.ceil(200_000 / count);
  const decode = (onFrame) => () => {
    for (let i = 0; i < chunks; i++) decoder.push(chunk, 0, chunk.length, onFrame);
  };
  let checksum = 0;
  console.log(
    name.padEnd(20),
    nanoseconds(200_000, () => {
      for (let i = 0; i < 200_000; i++) writer.value(bodyOf(value)).frame(FrameKind.event, header);
    }),
    nanoseconds(200_000, () => {
      for (let i = 0; i < 200_000; i++) writer.frame(FrameKind.event, header);
    }),
    nanoseconds(
      chunks * count,
      decode((view) => (checksum += view.kind)),
    ),
    nanoseconds(
      chunks * count,
      decode((view) => (checksum += readBody(decodePayload(view)).args.length)),
    ),
  );
}
