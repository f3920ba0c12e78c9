/** The server that a folder's queue is on, as its configuration and the environment say, without opening the queue. */

import { userFolder } from '../../client/userFolder';
import { ConfigFile } from '../../config/configFile';
import { Confirmations } from '../../config/confirmations';
import { type DatabasePlace, databaseOf } from '../../config/databasePlace';
import { pinsOf, unconfirmedIn } from '../../config/pins';
import { silentLog } from '../../core/log';
import { refuseOnServer } from '../../store/ownership/onServer';
import { migrations } from '../../store/rows/schema';
import type { QueueLocation } from './locate';

/** Null for a queue in files. @throws QueueError as `databaseOf` */
export async function configuredDatabase(
  workspace: string,
  env: NodeJS.ProcessEnv,
): Promise<DatabasePlace | null> {
  const config = (await ConfigFile.open(workspace, silentLog)).current();
  const confirmed = new Confirmations(userFolder(env), workspace).read() ?? {};
  return databaseOf({ ...config, unconfirmed: unconfirmedIn(pinsOf(config), confirmed) }, env);
}

/**
 * Resolves where nothing is against opening the queue: it is in files, or its server lets this person use it.
 * @throws QueueError as opening it would
 */
export async function demandDatabase(
  { workspace, storage }: QueueLocation,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const place = await configuredDatabase(workspace, env);
  if (place === null) return refuseOnServer(storage);
  const { demandUsable } = await import('../../postgres/health');
  await demandUsable({ ...place, folder: workspace, env, migrations });
}
