import { QueueError } from '../../core/errors';
import { isFinished, type Task } from '../../core/model';
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
    return (await runner.claimNow(taskId, claim)).task;
  } catch (error) {
    if (!QueueError.is(error, 'already_claimed')) throw error;
    const task = await queue.getTask(taskId);
    if (task.status === 'running' ? task.supervised : isFinished(task)) return task;
    throw error;
  }
}
