/** Moves a queue from its files to a server. The files are kept as they were, and say where the queue is. */

import type { ClientBase } from 'pg';
import { systemClock } from '../../core/clock';
import { QueueError } from '../../core/errors';
import type { Log } from '../../core/log';
import type { Database, SqlValue } from '../../store/engine/database';
import { DurableDatabase } from '../../store/engine/durableDatabase';
import { inUse, patience } from '../../store/moving/moveQueue';
import { whileHeldForMove } from '../../store/ownership/movedTo';
import { forgetServer, noteOnServer, serverOf } from '../../store/ownership/onServer';
import { underLock } from '../../store/ownership/underLock';
import { bindingTo } from './boundRows';
import { Compared, type Moved, type Progress } from './compared';
import { historyToServer } from './history';
import { KeptTexts } from './keptTexts';
import { type QueueTable, tablesOf } from './queueTables';
import { refuseRunning, runningTasks } from './refusals';
import { announceReset, filesName, type MovingPlace, whileClosed } from './serverPlace';
import { RowWriter, readRows, rowsTogether } from './serverRows';

export interface MovingFiles {
  /** The storage folder. */
  storage: string;
  /** The folder with `sql-wasm.wasm`. */
  programs: string;
  /** The id of this host. */
  host: string;
  log: Log;
  progress: Progress;
  /** Milliseconds to wait for a process that has the queue open in passing. */
  patience?: number;
}

/** While these are empty, nobody has used a queue. */
const used = ['sessions', 'streams', 'tasks', 'batches', 'schedules', 'archived_tasks'];

/**
 * Copies all that is in the files, in one transaction.
 * @throws QueueError `conflict` while somebody has the queue open, while tasks run, and for a server with a queue;
 * `invalid_field` for text that the server cannot keep: nothing has changed then. Those of `whileClosed`
 */
export function moveToServer(files: MovingFiles, place: MovingPlace): Promise<Moved> {
  const { storage } = files;
  return whileHeldForMove(storage, () =>
    underLock(storage, 'command', files.patience ?? patience, inUse, async (generation, lock) => {
      const finished = await finish(files, place);
      if (finished !== undefined) return finished;
      const db = await DurableDatabase.open({
        folder: storage,
        programs: files.programs,
        generation,
        ownerStillUs: () => lock.stillOurs(),
        log: files.log,
        clock: systemClock,
        migrations: place.migrations,
      });
      try {
        return await copy(files, place, db);
      } finally {
        await db.close();
      }
    }),
  );
}

/** Whether a move that ended before it was answered was made; undefined if not, or if there was none. */
async function finish({ storage }: MovingFiles, place: MovingPlace): Promise<Moved | undefined> {
  const noted = serverOf(storage);
  if (noted === null) return undefined;
  if (noted.url !== place.shown || noted.schema !== place.schema) {
    throw new QueueError(
      'conflict',
      `The queue of these files is on ${noted.url} (schema ${noted.schema}) already`,
      'Bring it back with sparkq migrate --from first.',
    );
  }
  const there = await whileClosed(place, filesName(storage), async ({ client, left }) =>
    left ? undefined : await firstUsed(client),
  );
  if (there !== undefined) return { already: true, rows: {} };
  forgetServer(storage);
  return undefined;
}

async function copy(files: MovingFiles, place: MovingPlace, db: Database): Promise<Moved> {
  const { storage, progress } = files;
  const tables = await db.read((reader) => {
    const found = tablesOf(reader);
    refuseRunning(reader.values(runningTasks));
    return found;
  });
  try {
    return await whileClosed(place, filesName(storage), async ({ client, left }) => {
      await makeRoom(client, place, tables, left);
      const compared = new Compared(progress);
      for (const table of tables) await copyTable(client, db, { table, host: files.host }, compared);
      for (const table of tables) await compared.compare(table.name, readRows(client, table));
      await historyToServer(client, storage, compared);
      await announceReset(client, place.schema);
      // Before the server has it: whoever is killed in between leaves one queue, and not two.
      noteOnServer(storage, { url: place.shown, schema: place.schema });
      return compared.moved();
    });
  } catch (error) {
    if (!QueueError.is(error, 'outcome_unknown')) forgetServer(storage);
    throw error;
  }
}

async function makeRoom(
  client: ClientBase,
  { shown, schema }: MovingPlace,
  tables: readonly QueueTable[],
  left: boolean,
): Promise<void> {
  const found = left ? undefined : await firstUsed(client);
  if (found !== undefined) {
    throw new QueueError(
      'conflict',
      `The schema ${schema} of ${shown} is not empty: there are rows in ${found}`,
      'Name another schema, or use the queue that is there.',
    );
  }
  for (const { name } of [...tables].reverse()) await client.query(`DELETE FROM ${name}`);
}

async function firstUsed(client: ClientBase): Promise<string | undefined> {
  for (const name of used) {
    const { rows } = await client.query(`SELECT 1 FROM ${name} LIMIT 1`);
    if (rows.length > 0) return name;
  }
  return undefined;
}

async function copyTable(
  client: ClientBase,
  db: Database,
  { table, host }: { table: QueueTable; host: string },
  compared: Compared,
): Promise<void> {
  const { name, numbered } = table;
  const writer = await RowWriter.open(client, table);
  const texts = new KeptTexts(table);
  const bind = bindingTo(host, table);
  for await (const found of rowsOf(db, table)) {
    const row = bind(texts.row(found));
    compared.add(name, row);
    await writer.add(row);
  }
  texts.end();
  await writer.flush();
  if (!numbered) return;
  await client.query(
    `SELECT setval(pg_get_serial_sequence($1, 'seq'), max(seq)) FROM ${name} HAVING max(seq) IS NOT NULL`,
    [name],
  );
}

/** The rows of a table in its order. */
async function* rowsOf(db: Database, { name, columns, order }: QueueTable): AsyncGenerator<SqlValue[]> {
  const key = order.join(', ');
  const select = `SELECT ${columns.join(', ')}, ${key} FROM ${name}`;
  const after = `WHERE (${key}) > (${order.map(() => '?').join(', ')})`;
  let last: SqlValue[] = [];
  for (;;) {
    const rows = await db.read((reader) =>
      reader.values(
        `${select} ${last.length > 0 ? after : ''} ORDER BY ${key} LIMIT ${rowsTogether}`,
        ...last,
      ),
    );
    for (const row of rows) {
      last = row.slice(columns.length);
      yield row.slice(0, columns.length);
    }
    if (rows.length < rowsTogether) return;
  }
}
