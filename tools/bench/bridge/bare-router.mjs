// As little of a WAMP router as a bridge needs to join: it makes events and swallows them, so that the bridge is what is measured. It is driven over
// IPC: { topic, events, args } sends events no more than `window` ahead of { heard }, with everyMs one by one; publications are counted and reported, the
// times that paced ones took, too.
import { pack, unpack } from 'msgpackr';
import { WebSocketServer } from 'ws';

/** What is to be swallowed: publications on other topics are agreed to and not counted. */
const [sink] = process.argv.slice(2);
const window = 4_000;
const codecs = {
  'wamp.2.json': { encode: JSON.stringify, decode: JSON.parse },
  'wamp.2.msgpack': { encode: pack, decode: unpack },
};
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
/** Topic to subscription ID and who has it. */
const subscriptions = new Map();
let request = 0;
let swallowed = 0;
let reported = 0;
let times = [];
let heard = 0;
let onHeard = () => undefined;

server.on('connection', (socket, { socket: stream }) => {
  const { encode, decode } = codecs[socket.protocol];
  let corked = false;
  const answer = (message) => {
    if (!corked) {
      corked = true;
      stream.cork();
      setImmediate(() => {
        corked = false;
        stream.uncork();
      });
    }
    socket.send(encode(message));
  };
  socket.on('error', () => undefined);
  socket.on('message', (data) => {
    const message = decode(data);
    switch (message[0]) {
      case 1: {
        const roles = { broker: { features: {} }, dealer: { features: {} } };
        return answer([2, 4_711, { roles }]);
      }
      case 6:
        return answer([6, {}, 'wamp.close.goodbye_and_out']);
      case 16:
        if (message[2].acknowledge) answer([17, message[1], message[1]]);
        if (message[3] !== sink) return;
        swallowed++;
        if (message[4][0] === 'paced') {
          times.push(Number(process.hrtime.bigint() - BigInt(message[4][1].slice(1))) / 1e6);
        }
        if (swallowed - reported >= 500) report();
        return;
      case 32: {
        const id = subscriptions.size + 1;
        subscriptions.set(message[3], { id, socket, stream, encode });
        return answer([33, message[1], id]);
      }
      case 34:
        return answer([35, message[1]]);
    }
  });
});

function report() {
  reported = swallowed;
  process.send({ swallowed, times });
  times = [];
}
setInterval(() => swallowed !== reported && report(), 5);

function send({ id, socket, encode }, args) {
  socket.send(encode([36, id, ++request, { publisher: 815 }, args]));
}

async function pace(topic, count, everyMs) {
  for (let sent = 0; sent < count; sent++) {
    send(subscriptions.get(topic), [sent, `@${process.hrtime.bigint()}`]);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

async function produce(topic, count, args) {
  const subscription = subscriptions.get(topic);
  const { stream } = subscription;
  const start = heard;
  for (let sent = 0; sent < count;) {
    stream.cork();
    for (let i = 0; i < 200 && sent < count && sent - (heard - start) < window; i++) {
      send(subscription, [sent++, ...args]);
    }
    stream.uncork();
    if (sent - (heard - start) >= window) await new Promise((resolve) => (onHeard = resolve));
    else await new Promise((resolve) => setImmediate(resolve));
  }
}

process.on('message', (message) => {
  if (message.everyMs !== undefined) void pace(message.topic, message.events, message.everyMs);
  else if (message.events !== undefined) void produce(message.topic, message.events, message.args);
  else if (message.heard !== undefined) {
    heard = message.heard;
    onHeard();
  }
});
server.on('listening', () => process.send(server.address().port));
