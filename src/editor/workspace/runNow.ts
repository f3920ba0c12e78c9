import * as vscode from 'vscode';
import { messageOf, QueueError } from '../../core/errors';
import { isFinished, type Task, type WaitingReason } from '../../core/model';
import type { ClaimRequest } from '../../core/queue';
import { isResting, sentenceIn } from '../../core/waiting';
import type { RunHandle } from '../../runner/activeRun';
import { confirm } from '../shared/notify';
import { demandTrust } from '../shared/trust';
import type { OpenWorkspace } from './openWorkspace';
import { gitHere } from './taskFacts';

/**
 * Claims a queued task for the built-in runner and starts it. Fine if the stream worker was quicker.
 * @throws EditorRefusal in an untrusted workspace; QueueError where the task cannot be claimed
 */
export async function runNow(workspace: OpenWorkspace, taskId: string): Promise<Task> {
  demandTrust();
  const { queue, runner } = workspace;
  const { payload_json: payload } = await queue.getTask(taskId);
  const git = await gitHere(workspace, payload);
  const claim = { worker_id: await runner.workerId(), git };
  try {
    return (await startUnlessResting(workspace, taskId, claim)).task;
  } catch (error) {
    if (!QueueError.is(error, 'already_claimed')) throw error;
    const task = await queue.getTask(taskId);
    if (task.status === 'running' ? task.supervised : isFinished(task)) return task;
    throw error;
  }
}

/** A person may start a task although the account of its tool rests. */
async function startUnlessResting(
  { runner }: OpenWorkspace,
  taskId: string,
  claim: ClaimRequest,
): Promise<RunHandle> {
  try {
    return await runner.claimNow(taskId, claim);
  } catch (error) {
    const reason = QueueError.is(error, 'not_ready') ? reasonIn(error) : null;
    if (!isResting({ waiting_reason: reason })) throw error;
    await confirm(
      vscode.l10n.t('Start the task anyway?'),
      (reason && sentenceIn(reason, Date.now(), vscode.l10n)) ?? messageOf(error),
      vscode.l10n.t('Start Anyway'),
    );
    return runner.claimNow(taskId, { ...claim, anyway: true });
  }
}

function reasonIn({ details }: QueueError): WaitingReason | null {
  return (details?.waiting_reason as WaitingReason | null | undefined) ?? null;
}
