/** A stream as it is answered: its row, why it waits, and what of it waits for a person. */

import type { PersonCounts, Stream } from '../../core/model';
import type { Reader } from '../engine/database';
import { laneView } from './readyRule';
import type { Surroundings } from './restRule';
import { type StreamRow, streamOf } from './streamTable';

export function streamView(reader: Reader, surroundings: Surroundings, row: StreamRow): Stream {
  const waiting = row.queued === 0 ? nothingAsked : waitingForPerson(reader, row.id);
  return streamOf(row, laneView(reader, surroundings, row), waiting);
}

const nothingAsked: PersonCounts = { unapproved: 0, asking: 0 };

/** How many tasks wait for a person to approve them, or to answer their question. @param streamId of one stream, else of all */
export function waitingForPerson(reader: Reader, streamId?: string): PersonCounts {
  const count = (index: string, condition: string) => {
    const queued = "status = 'queued' AND deleted_at IS NULL";
    const sql = `SELECT count(*) FROM tasks INDEXED BY ${index} WHERE ${queued} AND ${condition}`;
    const rows =
      streamId === undefined ? reader.values(sql) : reader.values(`${sql} AND stream_id = ?`, streamId);
    return Number(rows[0]?.[0]);
  };
  return {
    unapproved: count('idx_tasks_unapproved', "approval = 'pending'"),
    asking: count('idx_tasks_question', 'question IS NOT NULL'),
  };
}
