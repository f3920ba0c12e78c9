import * as vscode from 'vscode';
import { costIn, usageOfTask } from '../../accounts/usage';
import { workedOn } from '../../client/streamWorkers';
import { messageOf } from '../../core/errors';
import { gitStoryOf } from '../../core/gitStory';
import type { Log } from '../../core/log';
import type { GitEnd, GitFacts, Stream, Task } from '../../core/model';
import { waitingIn, whyWaitingHere } from '../../core/waiting';
import { lastErrorLines } from '../shared/lastLines';
import type { OpenWorkspace } from './openWorkspace';

/** What is known about a task beyond its row. */
export interface TaskFacts {
  /** Why it has not started, including what only this window knows. */
  waiting: string | null;
  /** Which commit it ran on, so that drift shows. */
  git: string | null;
  /** Of the agents that ran it. */
  cost: string | null;
  /** The last lines that a failed run printed. */
  lastLines: string | null;
}

/** A tooltip has little room. */
const mostLines = 5;

/** Asks the queue and git. */
async function readTaskFacts(workspace: OpenWorkspace, id: string): Promise<TaskFacts> {
  const task = await workspace.queue.getTask(id);
  const [stream, attempts, now, isWorkedOn] = await Promise.all([
    workspace.queue.getStream(task.stream_id),
    workspace.queue.listAttempts(id),
    gitHere(workspace, task.payload_json),
    workedOn(workspace.queue),
  ]);
  const used = usageOfTask(attempts);
  return {
    waiting: whyWaitingIn(workspace, task, stream, isWorkedOn(stream)),
    git: gitStoryOf(task, attempts, now, task.attempts, vscode.l10n),
    cost: used && costIn(used, vscode.l10n),
    lastLines: lastErrorLines(task, mostLines),
  };
}

/** For a tooltip: undefined if the facts cannot be read, such as those of a task that was deleted meanwhile. */
export async function taskFactsFor(
  workspace: OpenWorkspace | undefined,
  id: string,
  log: Log,
): Promise<TaskFacts | undefined> {
  try {
    return workspace && (await readTaskFacts(workspace, id));
  } catch (error) {
    log.debug(`Details of ${id} could not be read: ${messageOf(error)}`);
    return undefined;
  }
}

/**
 * Why a queued task has not started, as far as this window knows; null for any other task.
 * @param present whether a process works on the stream
 */
export function whyWaitingIn(
  workspace: OpenWorkspace,
  task: Task,
  stream: Stream,
  present: boolean,
): string | null {
  const now = Date.now();
  const machine = workspace.runner.resources?.whyWaits(task.id);
  const facts = { present, untrusted: !vscode.workspace.isTrusted, machine };
  const waiting = whyWaitingHere(task, stream, facts, now);
  return waitingIn(waiting, now, vscode.l10n);
}

/**
 * The state in git of the folder that the task of a payload comes from. Git reads the folder's configuration, so it is
 * not asked in an untrusted workspace.
 */
export async function gitHere({ runner }: OpenWorkspace, payload: unknown): Promise<GitFacts | undefined> {
  return vscode.workspace.isTrusted ? ((await runner.gitFacts(payload)) ?? undefined) : undefined;
}

/** The same at the end of a task's current attempt. */
export async function gitAtEnd({ runner }: OpenWorkspace, task: Task): Promise<GitEnd | undefined> {
  return vscode.workspace.isTrusted ? ((await runner.gitAtEnd(task)) ?? undefined) : undefined;
}
