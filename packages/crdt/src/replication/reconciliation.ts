import { type Link, ProtocolError } from '@macula/core';
import type { ReplicaDigest, ReplicaWanted } from '@macula/wire';
import { DocumentDigest, RangeDigest } from '@macula/wire';
import type { Document } from './document.ts';
import { digestOf, DocumentSurvey } from './document-survey.ts';
import type { Exchange } from './exchange.ts';
import { digestBytes, rootBytes } from './part-summary.ts';
import type { ReplicaMetrics } from './replica-metrics.ts';

export interface ReconciliationParts {
  readonly exchange: Exchange;
  readonly metrics: ReplicaMetrics;
  readonly frameBytes: number;
  /** All documents of the replica. */
  readonly documents: () => Iterable<Document>;
  /** Grows with every change of any document. */
  readonly revision: () => number;
  /** The document that a peer names; opened by itself if that is allowed; undefined where it is of no interest. */
  readonly find: (name: string, type: string) => Document | undefined;
}

const deepestPrefix = 8;
const everything = new Uint8Array(0);

/**
 * Compares replicas and sends each what it lacks. First one digest over everything; where it differs, ever smaller
 * ranges of the documents, until each in a range is listed; where a document differs, ever smaller ranges of its
 * parts; and of the parts that differ, what each side has. Every message can be answered by itself: nothing is remembered between them, so
 * nothing can be forgotten or pile up.
 */
export class Reconciliation {
  private readonly parts: ReconciliationParts;
  private surveyed: { readonly revision: number; readonly survey: DocumentSurvey } | undefined;

  constructor(parts: ReconciliationParts) {
    this.parts = parts;
  }

  /** Begins a comparison of everything. */
  begin(link: Link): void {
    this.parts.metrics.comparisons.inc();
    this.parts.exchange.digest(link, { all: this.survey().root });
  }

  /** Begins a comparison of one document. */
  beginWith(link: Link, document: Document): void {
    this.parts.metrics.comparisons.inc();
    this.parts.exchange.digest(link, { documents: [digestOf(document)], partial: true });
  }

  onDigest(link: Link, digest: ReplicaDigest): void {
    if (digest.all.length > 0) this.compareAll(link, digest);
    if (digest.documents.length > 0) this.compareDocuments(link, digest);
    if (digest.ranges.length > 0) this.compareRanges(link, digest.ranges);
  }

  onWanted(link: Link, wanted: ReplicaWanted): void {
    const document = this.parts.find(wanted.document, wanted.type);
    if (document === undefined) return;
    const { division, state, type } = document;
    if (wanted.whole) {
      this.sendState(link, document, state);
      return;
    }
    const answer: unknown = division.answer(state, wanted.description);
    if (wanted.mutual) this.want(link, document, wanted.parts, false);
    if (!type.lessOrEqual(answer, type.empty)) this.sendState(link, document, answer);
  }

  private compareAll(link: Link, { all, partial }: ReplicaDigest): void {
    if (all.length !== rootBytes) throw new ProtocolError(`a digest has ${all.length} bytes`);
    const survey = this.survey();
    if (Buffer.compare(survey.root, all) === 0) {
      for (const { log } of this.parts.documents()) log.knownWholly(link.peer.key);
      if (!partial) this.parts.exchange.digest(link, { all: survey.root, partial: true });
    } else if (survey.isListed(everything)) {
      this.list(link, survey, everything, partial);
    } else {
      this.sendRanges(link, [survey.range(everything)]);
    }
  }

  /** Of a range of documents: lists those in what differs of it, or divides it further. */
  private compareSurveys(link: Link, range: RangeDigest): RangeDigest[] {
    const survey = this.survey();
    const differing = differingRanges(survey.range(range.prefix).ranges, range);
    if (differing.length === 0) return [];
    if (survey.isListed(range.prefix)) {
      this.list(link, survey, range.prefix, false);
      return [];
    }
    const smaller: RangeDigest[] = [];
    for (const next of differing) {
      const prefix = Uint8Array.of(...range.prefix, next);
      if (!survey.isListed(prefix) && prefix.length < deepestPrefix) {
        smaller.push(survey.range(prefix));
      } else if (!this.list(link, survey, prefix, false)) {
        break;
      }
    }
    return smaller;
  }

  /** Tells which documents there are in a range. */
  private list(link: Link, survey: DocumentSurvey, scope: Uint8Array, partial: boolean): boolean {
    const documents = survey.list(scope).map(digestOf);
    if (documents.length === 0) {
      // Nothing to list: an empty list could not be told from none.
      documents.push({ document: '', type: '', root: new Uint8Array(0) });
    }
    return this.sendDocuments(link, documents, partial, scope);
  }

  private compareDocuments(link: Link, { documents, partial, scope }: ReplicaDigest): void {
    if (scope.length > deepestPrefix) throw new ProtocolError('a range is too small to exist');
    const listed = new Set<Document>();
    for (const { document: name, type, root } of documents) {
      const document = name === '' ? undefined : this.parts.find(name, type);
      if (document === undefined) continue;
      // Each costs an answer that is longer than its name.
      if (listed.has(document)) throw new ProtocolError('a document is listed twice');
      listed.add(document);
      this.compareDocument(link, document, root);
    }
    if (partial) return;
    const missing = this.survey()
      .list(scope)
      .filter((document) => !listed.has(document));
    if (missing.length > 0) this.sendDocuments(link, missing.map(digestOf), true);
  }

  private compareDocument(link: Link, document: Document, root: Uint8Array): void {
    const { summary } = document;
    if (Buffer.compare(summary.root, root) === 0) {
      document.log.knownWholly(link.peer.key);
      return;
    }
    this.parts.metrics.differences.inc();
    if (summary.root.length === 0) {
      this.parts.exchange.wanted(link, document, { whole: true });
    } else if (root.length === 0) {
      this.sendState(link, document, document.state);
    } else {
      this.parts.exchange.digest(link, { ranges: [rangeOf(document, new Uint8Array(0))] });
    }
  }

  private compareRanges(link: Link, ranges: readonly RangeDigest[]): void {
    const smaller: RangeDigest[] = [];
    const seen = new Set<string>();
    for (const range of ranges) {
      const { prefix } = range;
      if (prefix.length > deepestPrefix) throw new ProtocolError('a range is too small to exist');
      const place = JSON.stringify([range.document, [...prefix]]);
      if (seen.has(place)) throw new ProtocolError('a range is listed twice');
      seen.add(place);
      if (range.document === '') {
        smaller.push(...this.compareSurveys(link, range));
        continue;
      }
      const document = this.parts.find(range.document, range.type);
      if (document === undefined) continue;
      if (range.ranges.length === 0) {
        const differing = document.summary.differingFrom(prefix, range.parts);
        if (differing.length > 0) this.want(link, document, differing, true);
      } else {
        for (const next of differingRanges(document.summary.divide(prefix), range)) {
          smaller.push(rangeOf(document, Uint8Array.of(...prefix, next)));
        }
      }
    }
    this.sendRanges(link, smaller);
  }

  private want(link: Link, document: Document, ids: readonly string[], mutual: boolean): void {
    const { division, state } = document;
    // A hundred parts take some kilobytes, and are in one frame.
    for (let i = 0; i < ids.length; i += 100) {
      const parts = ids.slice(i, i + 100);
      const description = division.describe(state, parts);
      // What a full link does not take is left to the next comparison.
      if (!this.parts.exchange.wanted(link, document, { parts, description, mutual })) return;
    }
  }

  private sendState(link: Link, document: Document, state: unknown): void {
    const pieces = document.division.split(state, this.parts.frameBytes);
    this.parts.exchange.state(link, document, pieces);
  }

  private sendDocuments(
    link: Link,
    documents: DocumentDigest[],
    partial: boolean,
    scope: Uint8Array = everything,
  ): boolean {
    const pages = paged(documents, this.parts.frameBytes, (each) =>
      DocumentDigest.encode(each).finish(),
    );
    for (const page of pages) {
      // Of several pages none lists everything.
      const isPartial = partial || pages.length > 1;
      const digest = { documents: page, partial: isPartial, scope };
      if (!this.parts.exchange.digest(link, digest)) return false;
    }
    return true;
  }

  private sendRanges(link: Link, ranges: RangeDigest[]): void {
    const pages = paged(ranges, this.parts.frameBytes, (each) => RangeDigest.encode(each).finish());
    for (const page of pages) if (!this.parts.exchange.digest(link, { ranges: page })) return;
  }

  /** All documents as they are now. */
  private survey(): DocumentSurvey {
    const revision = this.parts.revision();
    if (this.surveyed?.revision !== revision) {
      const survey = new DocumentSurvey(this.parts.documents(), this.surveyed?.survey);
      this.surveyed = { revision, survey };
    }
    return this.surveyed.survey;
  }
}

function rangeOf(document: Document, prefix: Uint8Array): RangeDigest {
  const { summary, name, type } = document;
  const names = { document: name, type: type.name, prefix };
  return summary.isListed(prefix) || prefix.length >= deepestPrefix
    ? { ...names, ranges: new Uint8Array(0), parts: summary.list(prefix) }
    : { ...names, ranges: summary.divide(prefix), parts: [] };
}

/** Which of the 256 ranges inside a range differ from `own`. */
function differingRanges(own: Uint8Array, { prefix, ranges }: RangeDigest): number[] {
  if (ranges.length !== own.length || prefix.length >= deepestPrefix) {
    throw new ProtocolError(`a range is divided into ${ranges.length} bytes of digests`);
  }
  const differing: number[] = [];
  for (let next = 0; next < 256; next++) {
    const [from, to] = [next * digestBytes, (next + 1) * digestBytes];
    if (Buffer.compare(own.subarray(from, to), ranges.subarray(from, to)) !== 0)
      differing.push(next);
  }
  return differing;
}

/** Cuts a list so that each page is about as long as a frame may be. */
function paged<T>(items: readonly T[], maxBytes: number, encode: (item: T) => Uint8Array): T[][] {
  const pages: T[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const bytes = encode(item).length;
    if (size + bytes > maxBytes) {
      pages.push([]);
      size = 0;
    }
    pages.at(-1)?.push(item);
    size += bytes;
  }
  return pages;
}
