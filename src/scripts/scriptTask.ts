/** Creates the task that runs a script. */

import { QueueError } from '../core/errors';
import type { Needs } from '../core/model';
import { commandText } from '../system/shellWords';
import type { Script } from './scriptFile';

/** The script's part of a new task; add the stream, and pass it to `Queue.enqueue`. */
export interface ScriptTask {
  tool_name: string;
  task_class?: string;
  /** Seconds. */
  timeout?: number;
  /** Seconds. */
  kill_after?: number;
  needs?: Needs;
  verify?: string[];
  payload: { script_path: string; args: string[]; cwd?: string };
  label: string;
}

/**
 * The task that runs a script. Class, timeout and kill_after are set only if the header has them: otherwise the tool decides.
 * @param tool overrides the script's own
 * @throws QueueError('missing_field') if neither the script nor the caller names a tool
 */
export function taskForScript(
  script: Script,
  args: readonly string[] = [],
  tool: string | null = script.tool,
): ScriptTask {
  if (tool === null) {
    throw new QueueError(
      'missing_field',
      `Cannot determine which tool runs ${script.path}`,
      'Name a tool, or write "tool: NAME" in a comment at the top of the script',
    );
  }
  return {
    tool_name: tool,
    ...(script.task_class === null ? {} : { task_class: script.task_class }),
    ...(script.timeout === null ? {} : { timeout: script.timeout }),
    ...(script.kill_after === null ? {} : { kill_after: script.kill_after }),
    ...(script.needs === null ? {} : { needs: script.needs }),
    ...(script.verify === null ? {} : { verify: script.verify }),
    payload: {
      script_path: script.path,
      args: [...args],
      ...(script.cwd === null ? {} : { cwd: script.cwd }),
    },
    label: [script.name, commandText(args)].filter(Boolean).join(' '),
  };
}
