import * as vscode from 'vscode';
import { commands } from '../../contributions';
import { fromInstant } from '../../core/clock';
import { deletedDays, type Task, type TaskAnswer } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import { nameOfTask } from '../../core/taskName';
import { someTasks } from '../pickers/taskPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { each, throwRefused, tryEach } from '../shared/eachTask';
import { taskIcon } from '../shared/icons';
import { notify } from '../shared/notify';
import { type Choice, chooseSome } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import { taskIds } from '../shared/targets';
import { labels } from '../shared/translatedLabels';
import type { QueueAccess } from '../workspace/queueAccess';

const day = 24 * 60 * 60 * 1000;

/** Commands that delete and restore tasks. */
export class DeleteCommands {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers = {
    deleteTask: (...given) => this.delete(given),
    restoreTask: (...given) => this.restore(given),
  } satisfies CommandHandlers;

  /** Does not ask first: deleted tasks can be restored for days, and the notification offers to undo it. */
  private async delete(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Delete');
    const ids = await someTasks(queue, given, { title, statuses: ['queued', 'failed', 'succeeded'] });
    const found = await tryEach(ids, (id) => queue.getTask(id));
    // The newest first: a task that others depend on cannot be deleted, and tasks depend on older ones only.
    const tasks = found.done.sort((a, b) => b.created_at.localeCompare(a.created_at));
    const byId = new Map(tasks.map((task) => [task.id, task]));
    const outcome = await tryEach([...byId.keys()], async (id) => {
      await queue.deleteTask(id);
      return id;
    });
    const deleted = outcome.done.flatMap((id) => byId.get(id) ?? []);
    if (deleted.length > 0) void this.offerToUndo(deleted);
    throwRefused(found, outcome);
  }

  private async offerToUndo(tasks: readonly Task[]): Promise<void> {
    const undo = vscode.l10n.t('Undo');
    const [first] = tasks;
    const text =
      tasks.length === 1 && first
        ? vscode.l10n.t('Deleted {0}', nameOfTask(first))
        : vscode.l10n.t('Deleted {0} tasks', tasks.length);
    const answer = await notify('information', text, undo);
    if (answer !== undo) return;
    const rows = tasks.map(({ id }) => ({ taskId: id })).reverse();
    await vscode.commands.executeCommand(commands.restoreTask, rows[0], rows);
  }

  private async restore(given: readonly unknown[]): Promise<TaskAnswer[]> {
    const { queue } = await this.access.demand();
    const ids = taskIds(...given);
    if (ids.length === 0) ids.push(...(await this.pickDeleted(queue)));
    return each(ids, (id) => queue.undeleteTask(id));
  }

  private async pickDeleted(queue: Queue): Promise<string[]> {
    const [deleted, streams] = await Promise.all([
      everything((page) => queue.listTasks({ ...page, deleted: true })),
      everything((page) => queue.listStreams(page)),
    ]);
    if (deleted.length === 0) {
      throw new EditorRefusal(vscode.l10n.t('No tasks were deleted in the last {0} days.', deletedDays));
    }
    const streamName = new Map(streams.map(({ id, name }) => [id, name]));
    const chosen = await chooseSome(
      vscode.l10n.t('Restore Task'),
      vscode.l10n.t('Select tasks'),
      deleted.map((task) => this.choice(task, streamName.get(task.stream_id))),
    );
    // Older ones first: the others may depend on them.
    return chosen.sort((a, b) => a.created_at.localeCompare(b.created_at)).map(({ id }) => id);
  }

  private choice(task: Task, streamName: string | undefined): Choice<Task> {
    const at = task.deleted_at === null ? 0 : fromInstant(task.deleted_at);
    return {
      label: nameOfTask(task),
      description: [streamName, labels.stateOf(task)].filter(Boolean).join(' · '),
      detail: vscode.l10n.t(
        'Deleted {0}; can be restored until {1}',
        localTime(at),
        localTime(at + deletedDays * day),
      ),
      iconPath: new vscode.ThemeIcon(taskIcon(task).codicon),
      value: task,
    };
  }
}

function localTime(ms: number): string {
  return new Date(ms).toLocaleString(vscode.env.language, {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
  });
}
