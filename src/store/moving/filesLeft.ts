/** What is in the database files of a folder whose queue is on a server. */

import { nodeFiles } from '../engine/files';
import { recover } from '../engine/recovery';
import { loadSqlJs } from '../engine/sqlite';
import { SqliteReader } from '../engine/transaction';

/** How many rows a table has; 0 where there are no files, or the table is not in them. @param programs the dist folder */
export async function rowsInFiles(
  storage: string,
  programs: string,
  table: 'sessions' | 'tasks',
): Promise<number> {
  const { sqlite } = await recover({ sqlJs: await loadSqlJs(programs), files: nodeFiles, folder: storage });
  try {
    const reader = new SqliteReader(sqlite);
    const made = reader.values('SELECT 1 FROM sqlite_schema WHERE name = ?', table).length > 0;
    return made ? Number(reader.values(`SELECT count(*) FROM ${table}`)[0]?.[0]) : 0;
  } finally {
    sqlite.close();
  }
}
