import type { DocumentDigest, RangeDigest } from '@macula/wire';
import type { Document } from './document.ts';
import { listedParts, PartSummary, rootBytes } from './part-summary.ts';

const nothing = new Uint8Array(rootBytes);

/**
 * The documents of a replica at one moment as one thing to compare: a Merkle tree with a part for each that is
 * not empty, so that two replicas with thousands of documents find the few in which they differ.
 */
export class DocumentSurvey {
  /** For the next survey, which takes over what has not changed. */
  readonly summary: PartSummary;
  private readonly byId = new Map<string, Document>();

  constructor(documents: Iterable<Document>, before?: DocumentSurvey) {
    const parts: [id: string, content: Uint8Array][] = [];
    for (const document of documents) {
      const { root } = document.summary;
      if (root.length === 0) continue;
      const id = `${document.type.name}\0${document.name}`;
      this.byId.set(id, document);
      parts.push([id, root]);
    }
    this.summary = new PartSummary(parts, before?.summary);
  }

  /** Over everything; zeros when there is nothing. */
  get root(): Uint8Array {
    return this.byId.size === 0 ? nothing : this.summary.root;
  }

  /** Whether the range has few enough documents for each to be listed. */
  isListed(prefix: Uint8Array): boolean {
    return this.byId.size <= listedParts || this.summary.isListed(prefix);
  }

  /** The documents in the range. */
  list(prefix: Uint8Array): Document[] {
    return this.summary.list(prefix).map(({ id }) => this.byId.get(id) as Document);
  }

  /** Digests of the ranges within a range. */
  range(prefix: Uint8Array): RangeDigest {
    return { document: '', type: '', prefix, ranges: this.summary.divide(prefix), parts: [] };
  }
}

export function digestOf(document: Document): DocumentDigest {
  return { document: document.name, type: document.type.name, root: document.summary.root };
}
