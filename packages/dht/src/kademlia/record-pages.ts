import type { KademliaRecord } from '@macula/wire';
import type { KademliaMetrics } from './kademlia-metrics.ts';
import { countRefusal } from './kademlia-metrics.ts';
import { pageBytes } from './messages.ts';
import { readRecord, type SignedRecord, sizeOf } from './record.ts';
import type { RecordStore } from './record-store.ts';

/** The records that fit into one message, from `offset` on; `next` is where the rest begins, 0 when there is none. */
export function pageOf(
  records: readonly SignedRecord[],
  offset = 0,
): { readonly page: KademliaRecord[]; readonly next: number } {
  const page: KademliaRecord[] = [];
  let bytes = 0;
  for (let at = offset; at < records.length; at++) {
    const { encoded } = records[at] as SignedRecord;
    bytes += sizeOf(encoded);
    if (bytes > pageBytes && page.length > 0) return { page, next: at };
    page.push(encoded);
  }
  return { page, next: 0 };
}

/** Takes records from a peer into a store. Gives those that it holds now, and counts those that it refuses. */
export function mergeAll(
  store: RecordStore,
  encoded: readonly KademliaRecord[],
  metrics: KademliaMetrics,
  wanted: (record: SignedRecord) => boolean = () => true,
): { readonly taken: SignedRecord[]; readonly refused: number } {
  const taken: SignedRecord[] = [];
  let refused = 0;
  for (const one of encoded) {
    let record: SignedRecord;
    try {
      record = readRecord(one);
    } catch {
      metrics.refused.malformed.inc();
      refused++;
      continue;
    }
    if (!wanted(record) || countRefusal(metrics, store.merge(record))) refused++;
    else taken.push(record);
  }
  return { taken, refused };
}
