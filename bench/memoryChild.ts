/**
 * Usage: node memoryChild.js FOLDER snapshot|purge. Opens the queue of the folder, has a snapshot of it built or purges
 * its finished tasks, and prints how much memory the process had at most meanwhile.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { openQueue } from './engines/sparkq';
import type { MemoryReport } from './memoryPeak';

/** How often memory is looked at, milliseconds. */
const interval = 5;

/** A snapshot after the first change: what it takes does not depend on when it is due. */
const atOnce = { leastJournal: 1, mostJournal: 1 };

const memory = () => process.memoryUsage.rss();

async function peakOf(work: () => Promise<void>): Promise<number> {
  let peak = memory();
  const timer = setInterval(() => {
    peak = Math.max(peak, memory());
  }, interval);
  await work();
  clearInterval(timer);
  return Math.max(peak, memory());
}

async function main(): Promise<void> {
  const [folder = '', what] = process.argv.slice(2);
  const bare = memory();
  const queue = await openQueue(folder, what === 'snapshot' ? atOnce : undefined);
  const { database_bytes: database, last_snapshot_at: before } = await queue.status();
  await wait(1000);
  const rest = memory();
  const peak = await peakOf(async () => {
    if (what === 'snapshot') {
      await queue.enqueue({ stream: 'stream 0', tool_name: 'run-bash', payload: {} });
      while ((await queue.status()).last_snapshot_at === before) await wait(interval);
    } else {
      const { purged } = await queue.purge({ older_than_days: 0 });
      if (purged === 0) throw new Error('there was nothing to purge');
      while ((await queue.status()).database_bytes > database / 10) await wait(interval);
    }
  });
  const report: MemoryReport = { database, bare, rest, peak };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  await queue.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
