import {
  constants,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
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
 * The accepting side's streams: requests of the dialler are streams that the dialler opened, or offers
 * that wait here until this side wants one (see DiallerStreams). A stream that is opened while no
 * offer is there waits for the next.
 */
export class AcceptorStreams implements StreamOpener {
  private readonly onPeerStream: PeerStreamListener;
  private readonly streams = new Set<Http2ByteStream>();
  private readonly offers = new Set<ServerHttp2Stream>();
  private readonly waiting: Http2ByteStream[] = [];
  private missingFirstOffers = firstOffers;
  private readonly onUsable: () => void;

  /** `onUsable` is called once, when the dialler has made its first offers. */
  constructor(session: ServerHttp2Session, onPeerStream: PeerStreamListener, onUsable: () => void) {
    this.onPeerStream = onPeerStream;
    this.onUsable = onUsable;
    session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) =>
      this.requested(stream, headers),
    );
  }

  open(): Http2ByteStream | undefined {
    if (this.streams.size >= maxStreams) return undefined;
    const stream: Http2ByteStream = new Http2ByteStream(undefined, () =>
      this.streams.delete(stream),
    );
    this.streams.add(stream);
    const [offer] = this.offers;
    if (offer === undefined) this.waiting.push(stream);
    else this.take(offer, stream);
    return stream;
  }

  connectionLost(): void {
    for (const stream of this.streams) stream.connectionLost();
    this.streams.clear();
    this.waiting.length = 0;
    this.offers.clear();
  }

  private requested(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    const direction = headers[directionHeader];
    if (headers[':method'] !== 'POST' || headers[':path'] !== streamPath) {
      refuse(stream);
    } else if (direction === 'accept') {
      this.offered(stream);
    } else if (direction === 'open') {
      this.opened(stream);
    } else {
      refuse(stream);
    }
  }

  private opened(request: ServerHttp2Stream): void {
    request.respond({ ':status': 200 }, { waitForTrailers: true });
    const stream: Http2ByteStream = new Http2ByteStream(request, () => this.streams.delete(stream));
    this.streams.add(stream);
    this.onPeerStream(stream);
  }

  private offered(offer: ServerHttp2Stream): void {
    if (this.offers.size >= mostOffers) {
      refuse(offer);
      return;
    }
    this.offers.add(offer);
    offer.on('error', () => undefined);
    offer.once('close', () => this.offers.delete(offer));
    const next = this.nextWaiting();
    if (next !== undefined) this.take(offer, next);
    if (this.missingFirstOffers > 0 && --this.missingFirstOffers === 0) this.onUsable();
  }

  private take(offer: ServerHttp2Stream, stream: Http2ByteStream): void {
    this.offers.delete(offer);
    offer.respond({ ':status': 200 }, { waitForTrailers: true });
    stream.attach(offer);
  }

  /** The longest waiting stream that was not reset meanwhile. */
  private nextWaiting(): Http2ByteStream | undefined {
    for (;;) {
      const stream = this.waiting.shift();
      if (stream === undefined || !stream.finished) return stream;
      this.streams.delete(stream);
    }
  }
}

function refuse(stream: ServerHttp2Stream): void {
  stream.on('error', () => undefined);
  stream.close(constants.NGHTTP2_REFUSED_STREAM);
}
