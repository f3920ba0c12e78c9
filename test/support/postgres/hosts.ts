/** Several hosts with one queue: each as a queue of this process. */

import { QueueError } from '../../../src/core/errors';
import { silentLog } from '../../../src/core/log';
import { PostgresDatabase } from '../../../src/postgres/postgresDatabase';
import type { Limits } from '../../../src/postgres/session';
import type { LocalQueue, LocalQueueOptions } from '../../../src/store/localQueue';
import type { FakeClock } from '../fakeClock';
import { withFolder } from '../folders';
import { openLocalQueue } from '../localQueue';
import { newSchema } from './server';

export type Place = ReturnType<typeof newSchema>;

/** The queue of one host: what it keeps for itself is in a folder of its own. A clock is in place of the server's. */
export function openHost(
  storage: string,
  place: Place,
  options: Partial<LocalQueueOptions> = {},
  limits?: Partial<Limits>,
): Promise<LocalQueue> {
  return openLocalQueue(storage, {
    ...options,
    database: (migrations) =>
      PostgresDatabase.open({ ...place, migrations, log: silentLog, clock: options.clock, limits }),
  });
}

/** A queue in a schema of its own. The clock is that of the server. */
export function onNewSchema(clock: FakeClock): Pick<LocalQueueOptions, 'database'> {
  return {
    database: (migrations) => PostgresDatabase.open({ ...newSchema(), migrations, log: silentLog, clock }),
  };
}

/** Calls until there is an answer: with the same key each time, if it changes something. */
export async function insist<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!QueueError.is(error, 'outcome_unknown', 'unavailable')) throw error;
    }
  }
}

/** Two hosts with one queue, which has a session and the stream `lane`. Their storage folders are `first` and `second`. */
export function withHosts(
  use: (first: LocalQueue, second: LocalQueue, place: Place, folder: string) => Promise<void>,
  options: Partial<LocalQueueOptions> = {},
  ofSecond = options,
): Promise<void> {
  return withFolder(async (folder) => {
    const place = newSchema();
    const first = await openHost(`${folder}/first`, place, options);
    const second = await openHost(`${folder}/second`, place, ofSecond);
    try {
      await first.createSession({ name: 'work' });
      await first.createStream({ session: 'work', name: 'lane' });
      await use(first, second, place, folder);
    } finally {
      await Promise.all([first.close(), second.close()]);
    }
  });
}
