/** What an agent asks to be queued, as a task: a prompt, a script or a command. */

import { workOf } from '../config/plainCommand';
import { anyAgent } from '../core/config';
import { QueueError } from '../core/errors';
import type { NewTaskOfMany, Queue } from '../core/queue';
import { readScript } from '../scripts/scriptFile';
import { taskForScript } from '../scripts/scriptTask';
import { commandText } from '../system/shellWords';

export interface WantedWork {
  prompt?: string;
  tool?: string;
  /** Path in the workspace. */
  script?: string;
  /** Of the script. */
  args?: readonly string[];
  /** A line for the shell, or one word. */
  command?: string;
}

type Work = Pick<
  NewTaskOfMany,
  'tool_name' | 'prompt' | 'payload' | 'task_class' | 'timeout' | 'kill_after' | 'label' | 'verify'
>;

/**
 * The tool and the payload of a task.
 * @param field the name of the task in the call
 * @throws QueueError `missing_field`, `invalid_field` unless exactly one of the three is asked for; what a script's file
 * is refused for
 */
export async function wantedWork(queue: Queue, wanted: WantedWork, field: string): Promise<Work> {
  const { prompt, tool, script, args = [], command } = wanted;
  const asked = [prompt, script, command].filter((text) => text !== undefined && text.trim() !== '');
  if (asked.length !== 1) {
    throw new QueueError(
      asked.length === 0 ? 'missing_field' : 'invalid_field',
      asked.length === 0 ? `Missing field ${field}.prompt` : `Invalid ${field}: more than one thing to do`,
      'Give one of prompt, script and command.',
    );
  }
  if (args.length > 0 && !script?.trim())
    throw new QueueError(
      'invalid_field',
      `Invalid ${field}.args: only a script takes them`,
      commandHint(args),
    );
  if (script?.trim()) {
    const found = await readScript(await workspaceOf(queue), script);
    return taskForScript(found, args, tool ?? found.tool);
  }
  if (!command?.trim()) return { tool_name: tool ?? (await defaultTool(queue)), prompt };
  if (tool === undefined) return workOf([command], undefined);
  throw new QueueError(
    'invalid_field',
    `Invalid ${field}.tool: ${tool}. A command names its program itself`,
    'Leave the tool out.',
  );
}

/** As the configuration says; else it waits until any agent claims it. */
async function defaultTool(queue: Queue): Promise<string> {
  const tools = await queue.listTools();
  return tools.find(({ agents_default }) => agents_default)?.name ?? anyAgent;
}

function commandHint(args: readonly string[]): string {
  return `Write them into the command: PROGRAM ${commandText(args)}`;
}

async function workspaceOf(queue: Queue): Promise<string> {
  const { workspace } = await queue.status();
  if (workspace !== null) return workspace;
  throw new QueueError(
    'not_found',
    'The queue has no folder, so it has no scripts',
    'Queue a prompt instead, or ask the person to queue the script.',
  );
}
