/**
 * The program that holds one run: `supervise.js SPEC_FILE`. It is started detached and needs nobody: it owns the
 * script's pipes, keeps its output, enforces the deadline and a request to cancel, ends the whole process tree, and
 * writes the exit record as its last act. It loads nothing but node's own modules, since one runs for each task.
 */

import * as fs from 'node:fs';
import { bootId } from '../../system/processes';
import { createFile, readJson, replaceFile } from '../../system/wholeFiles';
import { beat, refOf } from '../liveness';
import { type RunPaths, type RunRecord, type RunSpec, runPaths } from '../runFiles';
import { keepTrying } from './keepTrying';
import { supervise } from './supervision';

/**
 * Makes this process the run's only supervisor. Null when another one was first, when a host has given the run up, or
 * when it is over: its specification goes before its record does, so a record made too late finds none.
 */
function beginRun(paths: RunPaths): RunRecord | null {
  const record: RunRecord = {
    supervisor: refOf(process.pid),
    script: null,
    boot_id: bootId(),
  };
  if (!createFile(paths.record, JSON.stringify(record))) return null;
  if (fs.existsSync(paths.spec)) return record;
  fs.rmSync(paths.record, { force: true });
  return null;
}

async function main(): Promise<void> {
  const specFile = process.argv[2];
  const spec = specFile === undefined ? null : readJson<RunSpec>(specFile);
  if (!spec) return;
  const paths = runPaths(spec.storage, spec.task, spec.attempt);
  const record = beginRun(paths);
  if (!record) return;
  beat(paths.record);
  const exit = JSON.stringify(await supervise(spec, paths, record));
  // Until it is written nobody is told anything wrong; without a record the run is over in the queue.
  await keepTrying(
    () => replaceFile(paths.exit, exit, true),
    () => fs.existsSync(paths.record),
  );
}

// A failure here leaves no exit record; whoever looks after the run ends what is left and says that it was interrupted.
main().then(
  () => process.exit(0),
  () => process.exit(1),
);
