/**
 * A host with a real queue, to be killed: `node queueHost.js STORAGE PROGRAMS [finish]`. It takes over what runs and
 * works on the stream "build"; with `finish` it ends by itself when no task is left.
 */

import { fixedConfig } from '../../../src/core/config';
import { silentLog } from '../../../src/core/log';
import { Runner } from '../../../src/runner/runner';
import { StreamWorker } from '../../../src/runner/streamWorker/streamWorker';
import { openQueue } from './openQueue';

async function main(): Promise<void> {
  const [, , storage = '', programs = '', finish] = process.argv;
  const queue = await openQueue(storage, programs);
  const runner = new Runner({
    queue,
    storage,
    workspace: storage,
    config: fixedConfig(),
    programs,
    log: silentLog,
  });
  const isDone = async () => {
    const { counts } = await queue.getStream('build');
    return finish !== undefined && counts.queued + counts.running === 0;
  };
  const done = new Promise<void>((resolve, reject) => {
    const look = () => {
      isDone().then((over) => over && resolve(), reject);
    };
    queue.subscribe(look);
    look();
  });
  await runner.adopt();
  const watcher = new StreamWorker({
    queue,
    runner,
    storage,
    stream: 'build',
    config: fixedConfig(),
    log: silentLog,
  });
  watcher.start();
  console.log('ready');
  await done;
  await watcher.stop();
  runner.dispose();
  await queue.close();
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
