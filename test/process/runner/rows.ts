/** Tasks and tools as the runner gets them. */

import { defaultConfig, type ToolConfig } from '../../../src/core/config';
import type { Task } from '../../../src/core/model';
import { aTask } from '../../support/sampleRows';

export const streamFacts = { id: 'str_0123456789ab', name: 'build', instructions: null };

/** A task in the hands of the runner. */
export function taskRow(payload: unknown, more: Partial<Task> = {}): Task {
  const at = '2026-01-31T09:00:00.000000Z';
  return aTask({
    id: 'tsk_0123456789ab',
    stream_id: streamFacts.id,
    payload: JSON.stringify(payload),
    payload_json: payload,
    status: 'running',
    attempts: 1,
    started_at: at,
    claimed_at: at,
    lease_until: at,
    deadline: at,
    supervised: true,
    ...more,
  });
}

/** A tool like `run-bash` with some things changed. */
export function toolLike(more: Partial<ToolConfig>): ToolConfig {
  const bash = defaultConfig.tools['run-bash'];
  if (!bash) throw new Error('the defaults lack run-bash');
  return { ...bash, ...more };
}
