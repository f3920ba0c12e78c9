/** The model of the queue, with the queue on the server of this run. */

import { silentLog } from '../../../src/core/log';
import { PostgresDatabase } from '../../../src/postgres/postgresDatabase';
import { compareWithModel } from '../model/queueModel';
import { newSchema } from './server';

export function compareOnServer(runs: number, seed?: number): Promise<void> {
  return compareWithModel({ runs, length: 200, ...(seed === undefined ? {} : { seed }) }, () => {
    const place = newSchema();
    return { database: (migrations) => PostgresDatabase.open({ ...place, migrations, log: silentLog }) };
  });
}
