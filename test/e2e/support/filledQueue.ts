import fs from 'node:fs/promises';
import { enqueueBatch } from '../../../src/client/enqueueBatch';
import { Registry } from '../../../src/client/registry';
import { enqueueMany, openLocalQueue } from '../../support/localQueue';

export interface FilledQueue {
  /** The folder that gets the queue. */
  workspace: string;
  storage: string;
  /** The user folder, where the queue is noted. */
  home: string;
  /** How many tasks there are, in the stream `lane` of the session `load`. */
  tasks: number;
  /** How many more there are as a batch, in the stream `sweep`. */
  batch?: number;
}

/** Gives a folder a queue of so many tasks before a window is opened on it. */
export async function fillQueue({ workspace, storage, home, tasks, batch = 0 }: FilledQueue): Promise<void> {
  const queue = await openLocalQueue(storage, { workspace });
  await queue.createSession({ name: 'load' });
  if (batch > 0) {
    const sweep = await queue.createStream({ session: 'load', name: 'sweep' });
    const works = Array.from({ length: batch }, (_, at) => ({
      tool_name: 'run-command',
      payload: { argv: ['python', 'fit.py', `data/${at + 1}.csv`] },
    }));
    await enqueueBatch(queue, sweep, { tasks: works, label: 'python fit.py {}', jobs: 4 });
  }
  await queue.createStream({ session: 'load', name: 'lane' });
  await enqueueMany(queue, tasks);
  await queue.close();
  await fs.mkdir(home, { recursive: true });
  await new Registry(home).attach(workspace, storage);
}
