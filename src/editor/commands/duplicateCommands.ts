import * as vscode from 'vscode';
import { commands } from '../../contributions';
import { fromInstant, toInstant } from '../../core/clock';
import type { Task, TaskAnswer } from '../../core/model';
import type { NewTask } from '../../core/queue';
import { presentTask } from '../../core/refusals';
import { nameOfTask } from '../../core/taskName';
import type { PayloadFiles } from '../documents/payloadFiles';
import { oneTask, someTasks } from '../pickers/taskPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { each } from '../shared/eachTask';
import { notify } from '../shared/notify';
import { showTaskWarnings } from '../shared/taskWarnings';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import type { QueueAccess } from '../workspace/queueAccess';
import { gitHere } from '../workspace/taskFacts';

const day = 24 * 60 * 60 * 1000;

/** Commands that copy tasks. */
export class DuplicateCommands {
  constructor(
    private readonly access: QueueAccess,
    private readonly payloads: PayloadFiles,
  ) {}

  readonly handlers = {
    duplicate: (...given) => this.duplicate(given),
    duplicateAndEdit: (...given) => this.duplicateAndEdit(given),
  } satisfies CommandHandlers;

  private async duplicate(given: readonly unknown[]): Promise<TaskAnswer[]> {
    const workspace = await this.access.demand();
    const ids = await someTasks(workspace.queue, given, anyTask(vscode.l10n.t('Duplicate')));
    const copies = await each(ids, async (id) => {
      const { task } = await workspace.queue.enqueue(
        await copyOf(workspace, await workspace.queue.getTask(id)),
      );
      return task;
    });
    showTaskWarnings(workspace.queue, copies);
    return copies;
  }

  /** The copy is parked until the person unparks it, so that no worker takes it meanwhile. */
  private async duplicateAndEdit(given: readonly unknown[]): Promise<Task> {
    const workspace = await this.access.demand();
    const { queue } = workspace;
    const original = await oneTask(queue, given, anyTask(vscode.l10n.t('Duplicate and Edit')));
    const copy = await copyOf(workspace, original);
    // Delayed until it is parked: a worker might be quicker.
    const { task } = await queue.enqueue({ ...copy, not_before: toInstant(Date.now() + day) });
    await queue.parkTask(task.id);
    const parked = presentTask(await queue.editTask(task.id, { not_before: copy.not_before ?? null }));
    await this.payloads.show(parked);
    void this.offerToUnpark(parked);
    return parked;
  }

  private async offerToUnpark(task: Task): Promise<void> {
    const unpark = vscode.l10n.t('Unpark');
    const answer = await notify(
      'information',
      vscode.l10n.t('The copy of {0} is parked while you edit it.', nameOfTask(task)),
      unpark,
    );
    if (answer === unpark) await vscode.commands.executeCommand(commands.unpark, { taskId: task.id });
  }
}

function anyTask(title: string) {
  return { title, statuses: ['running', 'queued', 'failed', 'succeeded'] } as const;
}

/** A new task that does the same. The copy of a queued task waits for the same tasks. */
async function copyOf(workspace: OpenWorkspace, task: Task): Promise<NewTask> {
  const {
    stream_id: stream,
    tool_name,
    task_class,
    payload,
    timeout,
    kill_after,
    max_attempts,
    needs,
    verify,
    fall_back,
    worktree,
  } = task;
  const waits = task.status === 'queued';
  const later = waits && task.not_before !== null && fromInstant(task.not_before) > Date.now();
  return {
    stream,
    tool_name,
    task_class,
    payload,
    timeout,
    kill_after,
    max_attempts,
    needs,
    verify,
    fall_back,
    worktree,
    label: task.label ?? undefined,
    after: waits ? task.after : [],
    after_policy: task.after_policy,
    not_before: later ? (task.not_before ?? undefined) : undefined,
    git: await gitHere(workspace, task.payload_json),
  };
}
