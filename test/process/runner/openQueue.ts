/** The real queue in a folder. */

import { type Config, defaultConfig, fixedConfig } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import type { Queue } from '../../../src/core/queue';
import { LocalQueue } from '../../../src/store/localQueue';

export function openQueue(storage: string, programs: string, config: Config = defaultConfig): Promise<Queue> {
  return LocalQueue.open({
    storage,
    programs,
    role: 'serve',
    workspace: storage,
    config: fixedConfig(config),
    log: silentLog,
    version: '0.0.0',
  });
}
