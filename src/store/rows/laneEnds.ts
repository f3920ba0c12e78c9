/** The first and the last ready task of lanes, as far as a transaction has read them: what a queued task's view asks for. */

import type { Reader } from '../engine/database';
import { firstHead, type Head, isReady, lastReady } from './readyRule';
import type { TaskRow } from './taskRow';

export class LaneEnds {
  /** Undefined: none is ready. */
  private readonly firsts: Map<string, Head | undefined>;
  private readonly lasts: Map<string, string>;

  /** @param known is copied */
  constructor(known?: LaneEnds) {
    this.firsts = new Map(known?.firsts);
    this.lasts = new Map(known?.lasts);
  }

  first(reader: Reader, streamId: string): Head | undefined {
    if (!this.firsts.has(streamId)) this.firsts.set(streamId, firstHead(reader, streamId));
    return this.firsts.get(streamId);
  }

  /** The last ready task of a stream; null if there is none. */
  last(reader: Reader, streamId: string): string | null {
    const known = this.lasts.get(streamId);
    if (known !== undefined) return known;
    const found = lastReady(reader, streamId);
    if (found !== null) this.lasts.set(streamId, found);
    return found;
  }

  /** A task was added to its stream. @param behindAll whether all tasks of the stream are before it */
  added(row: TaskRow, behindAll: boolean): void {
    if (!behindAll || row.batch_limited === 1) this.forget(row.stream_id);
    else if (isReady(row)) {
      this.lasts.set(row.stream_id, row.id);
      if (this.firsts.get(row.stream_id) === undefined) this.firsts.delete(row.stream_id);
    }
  }

  /** Tasks of the stream were changed. */
  forget(streamId: string): void {
    this.firsts.delete(streamId);
    this.lasts.delete(streamId);
  }

  clear(): void {
    this.firsts.clear();
    this.lasts.clear();
  }
}
