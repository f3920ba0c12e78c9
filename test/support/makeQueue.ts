/** What `sparkq setup --yes` makes, without a process: for tests of what comes after it. */

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { defaultStorage, Registry } from '../../src/client/registry';
import { defaultConfigText } from '../../src/config/defaultText';
import { fixedConfig } from '../../src/core/config';
import { silentLog } from '../../src/core/log';
import { LocalQueue } from '../../src/store/localQueue';

/**
 * Makes the queue of a folder, with its sparkq.yml, the session `work` and a stream; gives the storage folder.
 * @param home the user folder
 */
export async function makeQueue(workspace: string, home: string, stream = 'lane'): Promise<string> {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const storage = await new Registry(home).storageFor(workspace, defaultStorage(home, workspace));
  writeFileSync(path.join(workspace, 'sparkq.yml'), defaultConfigText());
  const queue = await LocalQueue.open({
    storage,
    programs: path.resolve('dist'),
    role: 'command',
    workspace,
    config: fixedConfig(),
    log: silentLog,
    version: '0.0.0',
  });
  await queue.createSession({ name: 'work' });
  await queue.createStream({ session: 'work', name: stream });
  await queue.close();
  return storage;
}
