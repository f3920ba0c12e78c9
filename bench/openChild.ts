/**
 * Opens the queue of a folder in a process of its own and prints how long that took and how much memory it holds.
 * Usage: node openChild.js FOLDER [work N]: with `work`, changes N tasks afterwards and waits to be killed.
 */

import { payload } from './engine';
import { openQueue } from './engines/sparkq';
import type { ChildReport } from './measures';

async function main(): Promise<void> {
  const [folder = '', , work = '0'] = process.argv.slice(2);
  const start = performance.now();
  const queue = await openQueue(folder);
  const milliseconds = performance.now() - start;
  const { database_bytes: database, journal_bytes: journals } = await queue.status();
  const calls = Array.from({ length: Number(work) }, () =>
    queue.enqueue({ stream: 'stream 0', tool_name: 'run-bash', payload }),
  );
  await Promise.all(calls);
  const report: ChildReport = { milliseconds, rss: process.memoryUsage.rss(), database, journals };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  if (Number(work) > 0) setInterval(() => {}, 1000);
  else await queue.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
