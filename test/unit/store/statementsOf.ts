/** How many statements an operation takes: on a server, each may be a trip. */

import { Sqlite } from '../../../src/store/engine/sqlite';

/** How many statements the database has run meanwhile, also for what the queue does by itself. */
export async function statementsOf(use: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const { prepare } = Sqlite.prototype;
  Sqlite.prototype.prepare = function (this: Sqlite, sql: string) {
    count += 1;
    return prepare.call(this, sql);
  };
  try {
    await use();
  } finally {
    Sqlite.prototype.prepare = prepare;
  }
  return count;
}
