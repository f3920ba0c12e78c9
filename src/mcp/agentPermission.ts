/**
 * What an agent may queue. As yet nobody can approve what it queues, so it queues prompts that some worker has to claim,
 * and nothing that this machine would start by itself: no script, no command, no prompt of a tool with a command.
 */

import { QueueError } from '../core/errors';
import type { Queue } from '../core/queue';

/** What an agent asks to be queued, or to stay queued with its change. */
export interface Wanted {
  tool: string;
  script?: string;
  command?: string;
}

/** @throws QueueError `forbidden`, which names the first that it may not queue */
export async function refuseForbidden(
  queue: Pick<Queue, 'listTools'>,
  wanted: readonly Wanted[],
): Promise<void> {
  const tools = await queue.listTools();
  const started = new Set(tools.filter(({ runnable }) => runnable).map(({ name }) => name));
  for (const { tool, script, command } of wanted) {
    if (script !== undefined) throw forbidden(`the script ${script}`, `sparkq enqueue --script ${script}`);
    if (command !== undefined) throw forbidden('a command', 'sparkq add');
    if (started.has(tool))
      throw forbidden(`a prompt for the tool ${tool}, which runs here by itself`, 'sparkq enqueue');
  }
}

function forbidden(what: string, instead: string): QueueError {
  return new QueueError(
    'forbidden',
    `An agent may not queue ${what}: nobody could approve it before it starts`,
    `Queue a prompt with no tool, which waits until an agent claims it, or ask the person to queue it: ${instead}`,
  );
}
