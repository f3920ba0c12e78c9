/** The promises of every door, with the queue on PostgreSQL: through the queue itself and over HTTP. */

import { silentLog } from '../../src/core/log';
import { PostgresDatabase } from '../../src/postgres/postgresDatabase';
import type { LocalQueueOptions } from '../../src/store/localQueue';
import { httpDoor } from '../conformance/httpDoor';
import { openLocalDoor } from '../conformance/localDoor';
import { Owner } from '../conformance/owner';
import { tryDoor } from '../conformance/tryDoor';
import type { FakeClock } from '../support/fakeClock';
import { newSchema } from '../support/postgres/server';

tryDoor('postgres', async () => ({ ...(await openLocalDoor(onServer)), name: 'postgres' }));
tryDoor('postgres over HTTP', async () => ({
  ...httpDoor(await Owner.open(onServer)),
  name: 'postgres over HTTP',
}));

/** The clock is that of the server. */
function onServer(clock: FakeClock): Pick<LocalQueueOptions, 'database'> {
  return {
    database: (migrations) => PostgresDatabase.open({ ...newSchema(), migrations, log: silentLog, clock }),
  };
}
