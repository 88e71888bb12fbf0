import type { EncodedFrame } from '@macula/core';
import { entriesFrame, type EntryRecord } from './directory-frames.ts';
import type { OwnChange, OwnEntries } from './own-entries.ts';

/** Most bytes of one frame, so that a long listing never holds up the control class for long. */
const maxBytes = 65_536;
/** Most encodings kept at a time. */
const maxPages = 32;

/** One frame of the feed and the version that its receiver then has. */
export interface Page {
  readonly frame: EncodedFrame;
  readonly to: number;
  readonly records: number;
}

/** Makes frames of changes. Followers that are equally far share one encoding. */
export class PageMaker {
  readonly #own: OwnEntries;
  readonly #maxRecords: number;
  readonly #pages = new Map<string, Page>();

  /** `maxRecords`: most entries and withdrawals of one frame. */
  constructor(own: OwnEntries, maxRecords = 1_024) {
    this.#own = own;
    this.#maxRecords = maxRecords;
  }

  page(from: number, reset: boolean): Page {
    const { epoch, version } = this.#own;
    const key = `${epoch}/${version}/${from}/${reset}`;
    const known = this.#pages.get(key);
    if (known !== undefined) return known;
    if (this.#pages.size >= maxPages) this.#pages.clear();
    const page = this.#make(from, reset);
    this.#pages.set(key, page);
    return page;
  }

  /** Drops the encodings: the followers that could share them have been served. */
  forget(): void {
    this.#pages.clear();
  }

  #make(from: number, reset: boolean): Page {
    const records: EntryRecord[] = [];
    let bytes = 0;
    let to = from;
    let change: OwnChange | undefined = this.#own.after(from);
    while (change !== undefined && records.length < this.#maxRecords && bytes < maxBytes) {
      const { number, entry } = change;
      to = change.version;
      if (entry !== undefined) {
        records.push({ number, key: entry.key.bytes, value: entry.value });
        bytes += entry.value.length + 48;
      } else if (!reset) {
        records.push({ number, key: undefined, value: new Uint8Array(0) });
        bytes += 16;
      }
      change = change.next;
    }
    const complete = change === undefined;
    if (complete) to = this.#own.version;
    const { epoch } = this.#own;
    const frame = entriesFrame({ epoch, from, to, reset, complete, records });
    return { frame, to, records: records.length };
  }
}
