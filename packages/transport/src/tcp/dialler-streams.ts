import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { Http2ByteStream } from './http2-byte-stream.ts';
import {
  directionHeader,
  firstOffers,
  maxStreams,
  mostOffers,
  streamPath,
} from './http2-options.ts';
import type { PeerStreamListener, StreamOpener } from './stream-opener.ts';

/**
 * The dialling side's streams. HTTP/2 lets only the client open streams, so this side keeps some
 * requests open for the acceptor to answer when it wants a stream: an answered offer is a stream that
 * the acceptor opened, and is replaced by another. When the acceptor has used up all of them at once,
 * the next batch is twice as large.
 */
export class DiallerStreams implements StreamOpener {
  private readonly session: ClientHttp2Session;
  private readonly onPeerStream: PeerStreamListener;
  private readonly streams = new Set<Http2ByteStream>();
  private wantedOffers = firstOffers;
  private offers = 0;

  constructor(session: ClientHttp2Session, onPeerStream: PeerStreamListener) {
    this.session = session;
    this.onPeerStream = onPeerStream;
    this.refillOffers();
  }

  open(): Http2ByteStream | undefined {
    if (this.streams.size + this.offers >= maxStreams) return undefined;
    const request = this.request('open');
    if (request === undefined) return undefined;
    request.once('response', (headers) => {
      if (headers[':status'] !== 200) request.destroy();
    });
    return this.track(request);
  }

  connectionLost(): void {
    for (const stream of this.streams) stream.connectionLost();
    this.streams.clear();
  }

  private track(request: ClientHttp2Stream): Http2ByteStream {
    const stream: Http2ByteStream = new Http2ByteStream(request, () => this.streams.delete(stream));
    this.streams.add(stream);
    return stream;
  }

  private request(direction: 'open' | 'accept'): ClientHttp2Stream | undefined {
    if (this.session.closed || this.session.destroyed) return undefined;
    return this.session.request(
      { ':method': 'POST', ':path': streamPath, [directionHeader]: direction },
      { endStream: false, waitForTrailers: true },
    );
  }

  private refillOffers(): void {
    while (this.offers < this.wantedOffers) {
      const request = this.request('accept');
      if (request === undefined) return;
      this.offers += 1;
      this.awaitAnswer(request);
    }
  }

  private awaitAnswer(request: ClientHttp2Stream): void {
    // An offer that the acceptor refuses is not made again: refusing must not start a loop.
    const refused = (): void => {
      this.offers -= 1;
    };
    const ignoreError = (): void => undefined;
    request.on('error', ignoreError);
    request.once('close', refused);
    request.once('response', (headers) => {
      request.off('close', refused);
      this.offers -= 1;
      if (headers[':status'] !== 200) {
        request.destroy();
        return;
      }
      if (this.offers === 0) this.wantedOffers = Math.min(mostOffers, this.wantedOffers * 2);
      this.refillOffers();
      this.onPeerStream(this.track(request));
    });
  }
}
