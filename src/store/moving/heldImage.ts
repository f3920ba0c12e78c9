/** The database of a queue that may be anybody's: nothing of it starts before a person says so. */

import type initSqlJs from 'sql.js';
import { QueueError } from '../../core/errors';
import { runMigrations } from '../engine/migrations';
import { Sqlite } from '../engine/sqlite';
import { migrations } from '../rows/schema';

/**
 * Tasks wait for approval, deleted ones as well, which may be restored; schedules are paused, and those of sparkq.yml are
 * made again from that; nobody is told of anything. Rows may contradict themselves: what counts is what makes a task start.
 */
const hold = `
UPDATE tasks SET approval = 'pending', approved = NULL, approval_changes = NULL
  WHERE status NOT IN ('succeeded', 'failed');
DELETE FROM schedules WHERE name IS NOT NULL;
UPDATE schedules SET paused = 1, next_at = NULL;
DELETE FROM follow_ups;
DELETE FROM hook_events;`;

/**
 * The image with all of that done.
 * @throws QueueError `conflict` for a database that has something else than the tables of a queue: a trigger would undo it
 */
export function heldImage(sqlJs: initSqlJs.SqlJsStatic, image: Uint8Array): Uint8Array {
  const sqlite = Sqlite.open(sqlJs, image);
  try {
    const schema = sqlite.pragma('user_version');
    refuseOtherTables(sqlJs, sqlite, schema);
    runMigrations(
      sqlite,
      migrations.filter(({ version }) => version > schema),
      false,
    );
    sqlite.execute(hold);
    return sqlite.image();
  } finally {
    sqlite.close();
  }
}

function refuseOtherTables(sqlJs: initSqlJs.SqlJsStatic, sqlite: Sqlite, schema: number): void {
  const ours = Sqlite.open(sqlJs);
  try {
    runMigrations(
      ours,
      migrations.filter(({ version }) => version <= schema),
      true,
    );
    const known = new Set(partsOf(ours));
    const other = partsOf(sqlite).find((part) => !known.has(part));
    if (other === undefined) return;
    throw new QueueError(
      'conflict',
      `Its database has something that SparkQ never makes: ${other.slice(0, 200)}`,
      'Do not open it. Ask whoever it comes from.',
    );
  } finally {
    ours.close();
  }
}

/** The tables, indexes, views and triggers of a database, each as it was made. */
function partsOf(sqlite: Sqlite): string[] {
  const all = sqlite.prepare('SELECT type, name, sql FROM sqlite_schema');
  return sqlite.values(all, []).map((values) => values.map((value) => value ?? '').join(' '));
}
