/** A queue on a server while it is moved: one transaction, in which nobody else may use it. */

import os from 'node:os';
import type pg from 'pg';
import { messageOf, QueueError } from '../../core/errors';
import type { Migration } from '../../store/engine/migrations';
import type { ServerPlace } from '../../store/ownership/onServer';
import { announce, channelOf } from '../announcements';
import { lockOf, newestOf, refuseUse, runMissing, versionOf } from '../schema';
import { isConnectionTrouble, refusalOf } from '../serverErrors';
import { type ServerAddress, Servers } from '../servers';
import { valueTypes } from '../valueTypes';

/** How long to wait for hosts that change the queue. */
const longestWait = '20s';
/** Milliseconds to connect in. */
const patience = 10_000;

export interface MovingPlace extends ServerPlace, ServerAddress {
  url: string;
  /** The URL without its password. */
  shown: string;
  migrations: readonly Migration[];
}

export interface MovingQueue {
  client: pg.Client;
  /** There was one, and it was moved to the files of this place. */
  left: boolean;
}

/**
 * Does `work` in a transaction of its own, then `settle`, and commits.
 * @param here the files with which the queue is exchanged, as the server notes it
 * @throws QueueError `unavailable` if the server cannot be used or the queue is elsewhere, `outcome_unknown` if the server
 * did not answer to the commit
 */
export async function whileClosed<T>(
  place: MovingPlace,
  here: string,
  work: (queue: MovingQueue) => Promise<T>,
): Promise<T> {
  const servers = new Servers(place);
  await servers.look().catch((error) => {
    throw refusalOf(error, place.shown);
  });
  const client = servers.newClient({
    types: valueTypes,
    application_name: `sparkq ${place.schema} (moving)`,
    connectionTimeoutMillis: patience,
  });
  // The statement that waits for an answer fails.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('BEGIN');
    const left = await prepare(client, place, here);
    const answer = await work({ client, left });
    await commit(client, place);
    return answer;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw refusalOf(error, place.shown);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** How a server names the files to which a queue was moved. */
export function filesName(storage: string): string {
  return `${os.hostname()}:${storage}`;
}

/** Tells the hosts that have the queue open that all of it may have changed. */
export async function announceReset(client: pg.Client, schema: string): Promise<void> {
  // A row that nobody gets: whoever misses one reads everything again.
  await client.query('UPDATE announced SET rows = rows + 1');
  await client.query(announce, [0, '[]', channelOf(schema)]);
}

async function prepare(client: pg.Client, place: MovingPlace, here: string): Promise<boolean> {
  const { schema, migrations } = place;
  await client.query(`SET LOCAL lock_timeout TO '${longestWait}'`);
  await client.query(`SET LOCAL search_path TO ${schema}`);
  const program = { schema, migrations };
  const left = (await runMissing(client, program)).moved_to === here;
  if (left) {
    await client.query('UPDATE queue_schema SET moved_to = NULL');
    await runMissing(client, program);
  }
  await client.query(lockOf(schema, 'sparkq'));
  const { version, server_version, min_program, min_server_program, moved_to } = await versionOf(
    client,
    schema,
  );
  refuseUse(program, [min_program, min_server_program, moved_to]);
  const newest = newestOf(program);
  if (version === newest.version && server_version === newest.server_version) return left;
  throw new QueueError(
    'upgrade_required',
    'A newer SparkQ has added to the tables of the queue what this one would leave behind.',
    'Update SparkQ, then move the queue. Nothing was changed.',
  );
}

async function commit(client: pg.Client, { shown }: MovingPlace): Promise<void> {
  try {
    const { command } = await client.query('COMMIT');
    if (command !== 'COMMIT') throw new Error('the server has undone the transaction');
  } catch (error) {
    if (!isConnectionTrouble(error)) throw error;
    throw new QueueError(
      'outcome_unknown',
      `The connection to ${shown} was lost before it confirmed the move: ${messageOf(error)}`,
      'Run the same command again: it finds out where the queue is.',
      undefined,
      { cause: error },
    );
  }
}
