/**
 * The program that holds one run: `supervise.js SPEC_FILE`. It is started detached and depends on no other process: it
 * owns the script's pipes, keeps its output, enforces the deadline and requests to cancel, ends the whole process tree,
 * and writes the exit record last. It loads only Node's own modules, since there is one for each run.
 */

import * as fs from 'node:fs';
import { removeFile, tidy } from '../../system/heldFiles';
import { bootId } from '../../system/processes';
import { createFile, readJson, replaceFile } from '../../system/wholeFiles';
import { refOf, startHeartbeat } from '../liveness';
import { type RunPaths, type RunRecord, type RunSpec, runPaths } from '../runFiles';
import { retryUntilWritten, supervise } from './supervision';

/**
 * Makes this process the run's only supervisor. Null when another one was first, when the run was given up, or when it
 * is over: the specification is removed before the record, so a supervisor that is too late finds none.
 */
async function claimRun(paths: RunPaths): Promise<RunRecord | null> {
  const record: RunRecord = {
    supervisor: refOf(process.pid),
    script: null,
    boot_id: bootId(),
  };
  let first = false;
  // As long as the disk is full; without a specification the run is over.
  await retryUntilWritten(
    () => {
      first = createFile(paths.record, JSON.stringify(record), true) || isOwn(paths.record);
    },
    () => fs.existsSync(paths.spec),
  );
  if (!first) return null;
  if (fs.existsSync(paths.spec)) return record;
  tidy(paths.record, () => removeFile(paths.record));
  return null;
}

/** Whether this process has made the record, in a try that failed after that. */
function isOwn(record: string): boolean {
  return readJson<RunRecord>(record)?.supervisor?.pid === process.pid;
}

async function main(): Promise<void> {
  const specFile = process.argv[2];
  const spec = specFile === undefined ? null : readJson<RunSpec>(specFile);
  if (!spec) return;
  const paths = runPaths(spec.storage, spec.task, spec.attempt);
  const record = await claimRun(paths);
  if (!record) return;
  startHeartbeat(paths.record);
  const exit = JSON.stringify(await supervise(spec, paths, record));
  // Without a record the run is over in the queue.
  await retryUntilWritten(
    () => replaceFile(paths.exit, exit, true),
    () => fs.existsSync(paths.record),
  );
}

// A failure here leaves no exit record: the process that looks after the run ends what is left as interrupted.
main().then(
  () => process.exit(0),
  () => process.exit(1),
);
