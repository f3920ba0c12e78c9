/** Streams as the last transaction left them: nearly every operation reads one. */

import type { Reader } from '../engine/database';
import { needStream, type StreamRow } from './streamTable';

/** The user clears it when a stream is changed in any other way, or a transaction is rolled back. */
export class StreamCache {
  private readonly rows: Map<string, StreamRow>;
  /** Ids by the references that callers used. */
  private readonly ids: Map<string, string>;

  /** @param known is copied */
  constructor(known?: StreamCache) {
    this.rows = new Map(known?.rows);
    this.ids = new Map(known?.ids);
  }

  /** By id or name. @throws QueueError `not_found` */
  need(reader: Reader, reference: string): StreamRow {
    const name = reference.trim();
    const known = this.rows.get(this.ids.get(name) ?? '');
    if (known !== undefined) return known;
    const row = needStream(reader, name);
    this.rows.set(row.id, row);
    this.ids.set(name, row.id).set(row.id, row.id);
    return row;
  }

  /** Updates the cached rows of `ids`. */
  update(rowNow: (row: StreamRow) => StreamRow, ids: Iterable<string>): void {
    for (const id of ids) {
      const row = this.rows.get(id);
      if (row !== undefined) this.rows.set(id, rowNow(row));
    }
  }

  clear(): void {
    this.rows.clear();
    this.ids.clear();
  }
}
