/** Streams as the last transaction left them: nearly every operation looks at one. */

import type { Reader } from '../engine/database';
import { needStream, type StreamRow } from './streamTable';

/** Whoever uses it clears it when a stream is changed in any other way, or a transaction is undone. */
export class StreamCache {
  private readonly rows = new Map<string, StreamRow>();
  /** Ids by what callers called them. */
  private readonly ids = new Map<string, string>();

  /** By id or name. @throws QueueError `not_found` */
  need(reader: Reader, reference: string): StreamRow {
    const called = reference.trim();
    const known = this.rows.get(this.ids.get(called) ?? '');
    if (known !== undefined) return known;
    const row = needStream(reader, called);
    this.rows.set(row.id, row);
    this.ids.set(called, row.id);
    return row;
  }

  /** Gives those of `ids` that are known the rows that they have now. */
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
