/** Moves a queue from a server to the files of a host. The server keeps it as it was, and says where it is. */

import type { ClientBase } from 'pg';
import { QueueError } from '../../core/errors';
import type { SqlValue } from '../../store/engine/database';
import { runMigrations } from '../../store/engine/migrations';
import { replaceDatabase } from '../../store/engine/restore';
import { loadSqlJs, Sqlite } from '../../store/engine/sqlite';
import { SqliteReader } from '../../store/engine/transaction';
import { rowsInFiles } from '../../store/moving/filesLeft';
import { inUse, patience } from '../../store/moving/moveQueue';
import { whileHeldForMove } from '../../store/ownership/movedTo';
import { forgetServer, noteOnServer, serverOf } from '../../store/ownership/onServer';
import { underLock } from '../../store/ownership/underLock';
import { codeOf } from '../serverErrors';
import { Compared, type Moved } from './compared';
import { historyToFiles } from './history';
import type { MovingFiles } from './moveToServer';
import { fetchOutputs } from './outputs';
import { type QueueTable, tablesOf } from './queueTables';
import { refuseRunning, runningTasks } from './refusals';
import { filesName, type MovingPlace, whileClosed } from './serverPlace';
import { readRows } from './serverRows';

/**
 * Copies all that is on the server, in one transaction.
 * @throws QueueError `conflict` while somebody on this host has the queue open, while tasks run on any, and for files with
 * a queue of their own: nothing has changed then. Those of `whileClosed`
 */
export function moveToFiles(files: MovingFiles, place: MovingPlace): Promise<Moved> {
  const { storage, programs } = files;
  return whileHeldForMove(storage, () =>
    underLock(storage, 'command', files.patience ?? patience, inUse, async (generation) => {
      const noted = serverOf(storage);
      if (noted === null) await refuseOwnQueue(files);
      const sqlite = Sqlite.open(await loadSqlJs(programs));
      try {
        const moved = await whileClosed(place, filesName(storage), async ({ client }) => {
          const compared = await copy(client, files, place, sqlite);
          await leave(client, storage, place);
          // Until the server has let go of it, what is written here is not the queue.
          noteOnServer(storage, { url: place.shown, schema: place.schema });
          await historyToFiles(client, storage, generation, compared);
          await fetchOutputs(client, storage);
          await replaceDatabase({ storage, generation }, async () => sqlite.image());
          return compared.moved();
        });
        forgetServer(storage);
        return moved;
      } finally {
        sqlite.close();
      }
    }),
  );
}

/** Says on the server where the queue is from now on. */
async function leave(client: ClientBase, storage: string, { shown, schema }: MovingPlace): Promise<void> {
  try {
    await client.query('UPDATE queue_schema SET moved_to = $1', [filesName(storage)]);
  } catch (error) {
    if (codeOf(error) !== '42501') throw error;
    throw new QueueError(
      'forbidden',
      `Only who owns the tables in the schema ${schema} of ${shown} may take the queue away`,
      'Connect as that role.',
      undefined,
      { cause: error },
    );
  }
}

async function copy(
  client: ClientBase,
  { progress }: MovingFiles,
  { migrations, shown, schema }: MovingPlace,
  sqlite: Sqlite,
): Promise<Compared> {
  const { rows: sessions } = await client.query('SELECT 1 FROM sessions LIMIT 1');
  if (sessions.length === 0) {
    throw new QueueError(
      'not_found',
      `There is no queue in the schema ${schema} of ${shown}`,
      'Name the URL and the schema of one.',
    );
  }
  const { rows: running } = await client.query<SqlValue[]>({ text: runningTasks, rowMode: 'array' });
  refuseRunning(running);
  runMigrations(sqlite, migrations, true);
  const reader = new SqliteReader(sqlite);
  const tables = tablesOf(reader);
  const compared = new Compared(progress);
  // They are checked all at once in the end.
  sqlite.execute('PRAGMA foreign_keys = OFF; BEGIN');
  for (const table of tables) await copyTable(client, sqlite, table, compared);
  sqlite.execute('COMMIT');
  for (const { name, columns } of tables)
    await compared.compare(name, reader.values(`SELECT ${columns.join(', ')} FROM ${name}`));
  if (reader.values('SELECT 1 FROM pragma_foreign_key_check').length > 0)
    throw new Error('Rows of the queue on the server refer to others that are not there');
  return compared;
}

async function copyTable(
  client: ClientBase,
  sqlite: Sqlite,
  table: QueueTable,
  compared: Compared,
): Promise<void> {
  const { name, columns } = table;
  sqlite.execute(`DELETE FROM ${name}`);
  const insert = `INSERT INTO ${name} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
  const statement = sqlite.prepare(insert);
  for await (const row of readRows(client, table)) {
    compared.add(name, row);
    sqlite.run(statement, row);
  }
}

/** What somebody has queued before the folder had its queue on a server would be lost. */
async function refuseOwnQueue({ storage, programs }: MovingFiles): Promise<void> {
  if ((await rowsInFiles(storage, programs, 'sessions')) === 0) return;
  throw new QueueError(
    'conflict',
    `The files in ${storage} have a queue of their own`,
    'Move it to a schema of its own with sparkq migrate --to first, or use another folder.',
  );
}
