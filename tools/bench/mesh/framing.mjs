// Length-prefixed frames and pipelined calls for contenders that offer a stream of bytes and nothing above it.

/** Cuts a stream into frames: 4 bytes of length, then the frame. */
export function frameReader(onFrame) {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    const bytes = Buffer.isBuffer(chunk)
      ? chunk
      : Buffer.from(chunk.subarray ? chunk.subarray() : chunk);
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let at = 0;
    while (rest.length - at >= 4) {
      const length = rest.readUInt32BE(at);
      if (rest.length - at - 4 < length) break;
      onFrame(rest.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    if (at > 0) rest = rest.subarray(at);
  };
}

const kind = { request: 1, response: 2, message: 3 };

function frame(type, id, body) {
  const bytes = Buffer.allocUnsafe(9 + body.length);
  bytes.writeUInt32BE(5 + body.length);
  bytes[4] = type;
  bytes.writeUInt32BE(id, 5);
  bytes.set(body, 9);
  return bytes;
}

/** Messages and calls over `send`. `handlers.message` and `handlers.serve` may be set later. */
export function pipeline(send, handlers) {
  const waiting = new Map();
  let nextId = 1;
  return {
    message: (body) => send(frame(kind.message, 0, body)),
    call: (body) =>
      new Promise((resolve) => {
        const id = nextId++;
        waiting.set(id, resolve);
        send(frame(kind.request, id, body));
      }),
    receive(bytes) {
      const id = bytes.readUInt32BE(1);
      const body = bytes.subarray(5);
      if (bytes[0] === kind.message) handlers.message?.(body);
      else if (bytes[0] === kind.request) send(frame(kind.response, id, handlers.serve(body)));
      else {
        waiting.get(id)?.(body);
        waiting.delete(id);
      }
    },
  };
}
