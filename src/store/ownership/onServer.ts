/**
 * A storage folder whose queue was moved to a PostgreSQL server says where to: its database files are kept as they were
 * then, and nobody takes them for the queue.
 */

import { rmSync } from 'node:fs';
import path from 'node:path';
import { QueueError } from '../../core/errors';
import { readJson, replaceFile } from '../../system/wholeFiles';

export const onServerName = 'on-server.json';

/** A place on a server. */
export interface ServerPlace {
  /** Without a password. */
  url: string;
  schema: string;
}

/** Where the queue of a storage folder is; null where its files are the queue. */
export function serverOf(storage: string): ServerPlace | null {
  const { url, schema } = readJson<Partial<ServerPlace>>(path.join(storage, onServerName)) ?? {};
  return typeof url === 'string' && typeof schema === 'string' ? { url, schema } : null;
}

export function noteOnServer(storage: string, { url, schema }: ServerPlace): void {
  replaceFile(path.join(storage, onServerName), `${JSON.stringify({ url, schema })}\n`, true);
}

/** From now on the files are the queue. */
export function forgetServer(storage: string): void {
  rmSync(path.join(storage, onServerName), { force: true });
}

/** @throws QueueError `unavailable` for a folder whose queue is on a server */
export function refuseOnServer(storage: string): void {
  const server = serverOf(storage);
  if (server === null) return;
  throw new QueueError(
    'unavailable',
    `The queue in ${storage} was moved to ${server.url} (schema ${server.schema})`,
    'Name that in sparkq.yml as database.url, or bring the queue back with: sparkq migrate --from URL',
    { on_server: server.url },
  );
}
