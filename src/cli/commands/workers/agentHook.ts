/**
 * What `sparkq agents hook` does. An agent waits for it and may take a failure for an answer, so it ends soon and well
 * whatever happens, and opens no queue.
 */

import { type NotedClaim, takeUntold } from '../../../agents/claimNotes';
import { contextAnswer, goOnAnswer, type HookInput, hookInputOf } from '../../../agents/hookInput';
import { userFolderPath } from '../../../client/userFolder';
import { sleep } from '../../../core/clock';
import { messageOf, QueueError } from '../../../core/errors';
import type { Task } from '../../../core/model';
import { oneLine } from '../../../core/plainText';
import { isAboveThis } from '../../../system/ancestors';
import { findQueue, isServing, reachOwner, readOwnerRows } from '../../access/locate';
import type { CommandContext } from '../../context';
import { writeError, writeJson } from '../../terminal/streams';

/** Milliseconds after which it ends without an answer. */
const limit = 5_000;
/** Most tasks that are looked at. */
const mostTasks = 100;
/** Characters of a label. */
const mostLabel = 100;

export async function runHook(context: CommandContext, event: string | undefined): Promise<void> {
  try {
    const answer = await Promise.race([answerTo(context, event), sleep(limit)]);
    if (answer) writeJson(answer, 0);
  } catch (error) {
    writeError(`sparkq agents hook: ${messageOf(error)}\n`);
  }
}

async function answerTo(context: CommandContext, event: string | undefined): Promise<object | null> {
  const input = hookInputOf(await readInput());
  if (event === 'session-start') return atStart(context, input);
  if (event === 'stop') return atStop(context, input);
  throw new Error(`unknown event ${event ?? ''}`);
}

/** Where a queue is. A run of the queue has its task already. */
async function atStart(context: CommandContext, input: HookInput): Promise<object | null> {
  if (context.env.SPARKQ_TASK_ID) return null;
  const ready = await readyTasks(context, input.folder ?? process.cwd());
  return ready === null ? null : contextAnswer(input, startText(ready));
}

function atStop(context: CommandContext, { session, isAgain }: HookInput): object | null {
  if (isAgain) return null;
  const home = userFolderPath(context.env);
  const open = takeUntold(home, { session, isAbove: isAboveThis });
  return open.length === 0 ? null : goOnAnswer(stopText(open));
}

/** How many tasks an agent could claim now, `undefined` where nobody has the queue open; null where there is none. */
async function readyTasks(context: CommandContext, folder: string): Promise<{ ready?: number } | null> {
  try {
    const target = findQueue(context.workspace, context.env, () => folder);
    const owner = await reachOwner(target, context.env);
    if (owner === null || !(await isServing(owner.url))) return {};
    const path = `/api/tasks?status=queued&order=position&limit=${mostTasks}`;
    const tasks = await readOwnerRows<Task>(owner, path, 'tasks');
    return { ready: tasks.filter((task) => task.waiting_reason?.code === 'outside_worker').length };
  } catch (error) {
    if (QueueError.is(error, 'unavailable')) return null;
    throw error;
  }
}

function startText({ ready }: { ready?: number }): string {
  return `This folder has a SparkQ queue.${ready === undefined ? '' : ` ${readyText(ready)}`} When the user asks you to work on it, claim_task gives the next task; enqueue_tasks queues work for later.`;
}

function readyText(ready: number): string {
  if (ready === 0) return 'No task in it is ready for agents now.';
  if (ready === 1) return '1 task in it is ready for agents.';
  return `${ready < mostTasks ? ready : `${mostTasks} or more`} tasks in it are ready for agents.`;
}

function stopText(open: readonly NotedClaim[]): string {
  const one = open.length === 1;
  const names = open.map(({ task, label }) =>
    label === null ? task : `${task} (${oneLine(label).slice(0, mostLabel)})`,
  );
  return `${one ? 'Task' : 'Tasks'} ${names.join(', ')} ${one ? 'is' : 'are'} still open: you have claimed ${one ? 'it' : 'them'} in SparkQ. Call finish_task: done or failed with a summary, release if you cannot go on, needs_input with a question if a person has to decide. If you wait for the user, say so and stop again: this is said once.`;
}

/** The JSON on stdin; undefined for anything else. It need not end: some agents leave it open. */
async function readInput(): Promise<unknown> {
  if (process.stdin.isTTY) return undefined;
  let text = '';
  process.stdin.setEncoding('utf8');
  for await (const part of process.stdin) {
    text += String(part);
    const value = parsed(text);
    if (value !== undefined) return value;
  }
  return undefined;
}

function parsed(text: string): unknown {
  if (!text.trimEnd().endsWith('}')) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
