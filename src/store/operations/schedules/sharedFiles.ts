/**
 * Schedules of the sparkq.yml of several places, with one row for each name. What a file says counts when it has changed,
 * and what it said before was what counts by now; or when no file has said it before. So an older file undoes nothing:
 * not that of a place that is new, and not that of one that was away.
 */

import { createHash } from 'node:crypto';
import type { Reader } from '../../engine/database';
import type { Change } from '../../rows/change';
import type { ScheduleRow } from '../../rows/scheduleTable';

/** What a file says of a name: the pin of the schedule, or null if there is none. */
type Said = string | null;

/** What is to be done with the row of a name. */
export type Verdict = 'stays' | 'make' | 'remove';

/** @param row that of the name, if there is one */
export function verdictOn(
  { tx }: Change,
  place: string,
  name: string,
  said: Said,
  row: ScheduleRow | undefined,
): Verdict {
  const before = tx.get('SELECT pin FROM schedule_files WHERE place = ? AND name = ?', place, name);
  const [now, counting] = [hashOf(said), hashOf(row?.pin ?? null)];
  if (now === counting || before?.pin === now) return 'stays';
  // Nothing was said here before: it may be older than what counts, or newer.
  const follows = before === undefined ? !wasSaid(tx, name, now ?? counting) : before.pin === counting;
  if (now === null) return follows ? 'remove' : 'stays';
  return follows || !wasSaid(tx, name, now) ? 'make' : 'stays';
}

/** Keeps what the file of a place has said, once that has been done or left. */
export function noteSaid({ tx }: Change, place: string, name: string, said: Said): void {
  const pin = hashOf(said);
  const kept = tx.get('SELECT pin FROM schedule_files WHERE place = ? AND name = ?', place, name);
  // Of a name that it never had, nothing is to be kept.
  if (kept === undefined ? pin === null : kept.pin === pin) return;
  tx.run(
    `INSERT INTO schedule_files (place, name, pin) VALUES (?, ?, ?)
     ON CONFLICT (place, name) DO UPDATE SET pin = excluded.pin`,
    place,
    name,
    pin,
  );
  if (pin !== null)
    tx.run(
      'INSERT INTO schedule_pins (name, pin) VALUES (?, ?) ON CONFLICT (name, pin) DO NOTHING',
      name,
      pin,
    );
}

/** The names of which the file of a place had something to say. */
export function namesSaid(reader: Reader, place: string): string[] {
  return reader
    .values('SELECT name FROM schedule_files WHERE place = ?', place)
    .map(([name]) => String(name));
}

function wasSaid(reader: Reader, name: string, pin: string | null): boolean {
  return reader.get('SELECT 1 FROM schedule_pins WHERE name = ? AND pin = ?', name, pin) !== undefined;
}

function hashOf(said: Said): string | null {
  return said === null ? null : createHash('sha256').update(said).digest('hex');
}
