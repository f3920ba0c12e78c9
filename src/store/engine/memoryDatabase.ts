/**
 * A database that SQLite keeps in its own memory instead of a file of sql.js: it grows without being copied, gives pages
 * back, and exists once. sql.js opens only files, whose names it makes up, so the name is replaced.
 */

import type initSqlJs from 'sql.js';

type SqlJs = initSqlJs.SqlJsStatic;

/** Opens an empty database, or one with the content of an image, which is only read. */
export function openInMemory(sqlJs: SqlJs, image?: Uint8Array): initSqlJs.Database {
  class InMemory extends sqlJs.Database {
    get filename(): string {
      return ':memory:';
    }

    set filename(_: string) {
      // The name that sql.js made up.
    }

    override close(): void {
      try {
        super.close();
      } catch (error) {
        // At last sql.js removes a file, which this database does not have.
        if ((error as Error).name !== 'ErrnoError') throw error;
      }
    }
  }
  const database = new InMemory();
  try {
    if (image !== undefined) load(sqlJs, database, image);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Only reads the image. SQLite copies tables and indexes between two databases of the same schema page entry by page entry. */
function load(sqlJs: SqlJs, database: initSqlJs.Database, image: Uint8Array): void {
  const source = new sqlJs.Database(inPlace(image)) as initSqlJs.Database & { filename: string };
  try {
    // Before the first table; as it is for a new database.
    database.exec(`PRAGMA auto_vacuum = INCREMENTAL; ATTACH '${source.filename}' AS image`);
    const text = (sql: string) => String(database.exec(sql)[0]?.values[0]?.[0] ?? '');
    for (const pragma of ['application_id', 'user_version']) {
      database.exec(`PRAGMA ${pragma} = ${text(`PRAGMA image.${pragma}`)}`);
    }
    const schema = database.exec(
      `SELECT name, type, sql FROM image.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       ORDER BY type = 'table' DESC, rowid`,
    );
    const parts = (schema[0]?.values ?? []).map((values) => values.map(String)) as [string, string, string][];
    database.exec('BEGIN');
    for (const [, , sql] of parts) database.exec(sql);
    for (const [name, type] of parts) {
      if (type !== 'table') continue;
      const quoted = `"${name.replaceAll('"', '""')}"`;
      database.exec(`INSERT INTO main.${quoted} SELECT * FROM image.${quoted}`);
    }
    database.exec('COMMIT; DETACH image');
  } finally {
    source.close();
  }
}

/** sql.js copies what it opens with `slice`; it uses these bytes as they are, and writes to them where it changes. */
export function inPlace(image: Uint8Array): Uint8Array {
  // sql.js would keep a Buffer as it is, whatever its `slice`.
  const bytes = new Uint8Array(image.buffer, image.byteOffset, image.byteLength);
  return Object.defineProperty(bytes, 'slice', { value: bytes.subarray });
}
