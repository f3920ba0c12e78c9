/**
 * A host that works on a queue until it is killed: its workers claim, note in a file what they have done, and complete.
 * Started again, they ask for what they had asked for.
 */

import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { QueueError } from '../../../src/core/errors';
import type { Queue } from '../../../src/core/queue';
import { insist, openHost, type Place } from './hosts';

export interface WorkingHost {
  name: string;
  /** Its storage; `done` there has a line for each task that a worker has done. */
  folder: string;
  place: Place;
  streams: readonly string[];
  workers: number;
}

/** A line may have been cut off. */
function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

async function work(
  queue: Queue,
  { name, folder, streams }: WorkingHost,
  worker: number,
  done: ReadonlySet<string>,
): Promise<void> {
  const asked = path.join(folder, `worker-${worker}`);
  const stream = streams[worker % streams.length] ?? '';
  for (let number = Number(linesOf(asked).at(-1) ?? 0); ; number += 1) {
    appendFileSync(asked, `${number}\n`);
    const key = `${name} ${worker} ${number}`;
    const claim = await insist(() => queue.claimNext(stream, { claim_request_id: key, wait: 60 })).catch(
      unheld,
    );
    if (claim === null) continue;
    const { task, lease } = claim;
    // Killed before it was told that the task is complete, it has done it nevertheless.
    if (!done.has(task.id)) appendFileSync(path.join(folder, 'done'), `${task.id}\n`);
    await insist(() => queue.complete(task.id, { lease, result_summary: key, key: `${key} done` }));
  }
}

/** The host was killed right after the task was complete, or after the wait had ended and the claim was undone. */
function unheld(error: unknown): null {
  if (QueueError.is(error, 'lease_superseded')) return null;
  throw error;
}

async function main(host: WorkingHost): Promise<void> {
  mkdirSync(host.folder, { recursive: true });
  const done = new Set(linesOf(path.join(host.folder, 'done')));
  const queue = await insist(() => openHost(host.folder, host.place));
  await Promise.all(Array.from({ length: host.workers }, (_, worker) => work(queue, host, worker, done)));
}

main(JSON.parse(process.argv[2] ?? '') as WorkingHost).catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
