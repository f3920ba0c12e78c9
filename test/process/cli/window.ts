/**
 * What a window does for the queue of its folder, without an editor: `node window.js FOLDER STORAGE HOME`. It owns the queue
 * or is its client, looks after what runs and works on the streams. It says its role, and again when that changes, and
 * closes on SIGTERM.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openQueue } from '../../../src/client/openQueue';
import { ConfigFile } from '../../../src/config/configFile';
import { silentLog } from '../../../src/core/log';
import { Runner } from '../../../src/runner/runner';
import { StreamWorkers } from '../../../src/runner/streamWorker/streamWorkers';

async function main([workspace = '', storage = '', home = '']: string[]): Promise<void> {
  const asked = once(process, 'SIGTERM');
  const own = { workspace, storage, home, programs: path.resolve('dist'), log: silentLog };
  const config = await ConfigFile.open(workspace, silentLog);
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const queue = await openQueue({ ...own, role: 'editor', config, version, serve: true });
  const runner = new Runner({ ...own, queue, config });
  const workers = new StreamWorkers({ ...own, queue, runner, config, allowed: () => true });
  const takePart = () => {
    if (queue.role() === 'owner') void runner.adopt();
    void workers.refresh();
    console.log(queue.role());
  };
  queue.onDidChangeRole(takePart);
  await workers.start();
  takePart();
  await asked;
  workers.dispose();
  runner.dispose();
  await queue.close();
  config.dispose();
}

void main(process.argv.slice(2)).then(() => process.exit());
