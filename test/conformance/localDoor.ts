/** The door within the process: the queue itself. */

import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { ConfigFile } from '../../src/config/configFile';
import { QueueError } from '../../src/core/errors';
import { silentLog } from '../../src/core/log';
import type { LocalQueue, LocalQueueOptions } from '../../src/store/localQueue';
import { FakeClock } from '../support/fakeClock';
import { openLocalQueue, type QueueOfRows } from '../support/localQueue';
import { type Door, type Operations, Refusal } from './door';
import { writeWorkspace } from './owner';

export async function openLocalDoor(
  optionsWith: (clock: FakeClock) => Partial<LocalQueueOptions> = () => ({}),
): Promise<Door> {
  const root = await fs.mkdtemp(path.join(os.tmpdir(), 'sparkq-conformance-'));
  const workspace = path.join(root, 'project');
  await writeWorkspace(workspace);
  const config = await ConfigFile.open(workspace, silentLog);
  const clock = new FakeClock(Date.now());
  const queue = await openLocalQueue(path.join(root, 'storage'), {
    workspace,
    config,
    clock,
    ...optionsWith(clock),
  });
  return {
    name: 'local',
    queue: telling(queue),
    behind: queue,
    clock,
    async close() {
      await queue.close();
      await fs.rm(root, { recursive: true, force: true });
    },
  };
}

/** The queue, with its refusals in the shape that the cases check. */
function telling(queue: LocalQueue): Operations {
  return new Proxy(queue as QueueOfRows<LocalQueue>, {
    get(target, name) {
      const operation = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>;
      return async (...args: unknown[]) => {
        try {
          return await operation.apply(target, args);
        } catch (error) {
          if (!QueueError.is(error)) throw error;
          const { message, code, hint, details } = error;
          throw new Refusal(message, { code, hint, details });
        }
      };
    },
  });
}
