import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { toInstant } from '../../../src/core/clock';
import type { ArchivedTask } from '../../../src/store/archive/archivedTask';
import { type Files, nodeFiles } from '../../../src/store/engine/files';

/** The lines of each file of the archive in a storage folder. */
export function archiveLines(storage: string): Record<string, ArchivedTask[]> {
  const folder = path.join(storage, 'archive');
  const lines = (name: string) =>
    readFileSync(path.join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ArchivedTask);
  return Object.fromEntries(
    readdirSync(folder)
      .sort()
      .map((name) => [name, lines(name)]),
  );
}

/** The file layer, which calls back each time after lines of the archive are on disk. */
export function afterArchived(callback: () => Promise<void>): Files {
  const ours = new Set<number>();
  return {
    ...nodeFiles,
    async open(file, mode) {
      const descriptor = await nodeFiles.open(file, mode);
      if (file.endsWith('.jsonl')) ours.add(descriptor);
      return descriptor;
    },
    async datasync(descriptor) {
      await nodeFiles.datasync(descriptor);
      if (ours.delete(descriptor)) await callback();
    },
  };
}

/** A purged task with these fields; the number makes its id and its finish, a second apart. */
export function archivedTask(number: number, more: Partial<ArchivedTask> = {}): ArchivedTask {
  const at = toInstant(Date.parse('2026-01-01T00:00:00Z') + number * 1000);
  return {
    id: `tsk_${String(number).padStart(12, '0')}`,
    finished_at: at,
    stream_id: 'str_000000000001',
    stream_name: 'lane',
    session_id: 'ses_000000000001',
    session_name: 'work',
    label: null,
    tool_name: 'run-bash',
    task_class: 'MEDIUM_SCRIPT',
    payload: '{}',
    status: 'succeeded',
    failure_kind: null,
    exit_code: 0,
    result: 'done',
    result_summary: 'done',
    error: null,
    timeout: 300,
    kill_after: 600,
    max_attempts: 1,
    failures: 0,
    created_at: at,
    not_before: null,
    started_at: at,
    worker_id: null,
    retry_of: null,
    after: [],
    after_policy: 'fail',
    note: null,
    reviewed_at: null,
    accepted: null,
    git: null,
    attempts: [],
    purged_at: at,
    ...more,
  };
}
