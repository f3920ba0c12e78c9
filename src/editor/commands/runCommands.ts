import * as vscode from 'vscode';
import { isFinished, type Task } from '../../core/model';
import type { Queue } from '../../core/queue';
import { oneTask, someTasks } from '../pickers/taskPicker';
import type { CommandRegistry } from '../shared/commandRegistry';
import { each } from '../shared/eachTask';
import { demandTrust } from '../shared/trust';
import { isRunnable } from '../workspace/openWorkspace';
import type { QueueAccess } from '../workspace/queueAccess';
import { runNow } from '../workspace/runNow';

/** Commands that have the built-in runner start and stop tasks. */
export class RunCommands {
  constructor(
    private readonly access: QueueAccess,
    private readonly commands: CommandRegistry,
  ) {}

  register(): vscode.Disposable {
    return this.commands.register({
      runTask: (...given) => this.run(given),
      runAgain: (...given) => this.runAgain(given),
      cancel: (...given) => this.cancel(given),
    });
  }

  private async run(given: readonly unknown[]): Promise<Task> {
    const workspace = await this.access.open();
    demandTrust();
    const task = await oneTask(workspace.queue, given, {
      title: vscode.l10n.t('Run Now'),
      statuses: ['queued'],
      fits: (candidate) => isRunnable(workspace, candidate),
    });
    return runNow(workspace, task.id);
  }

  /** Queues a copy and runs it at once; one that still runs is stopped first. */
  private async runAgain(given: readonly unknown[]): Promise<Task> {
    const workspace = await this.access.open();
    demandTrust();
    const task = await oneTask(workspace.queue, given, {
      title: vscode.l10n.t('Run Again'),
      statuses: ['running', 'failed', 'succeeded'],
      // What a person has claimed is stopped by that person alone.
      fits: (candidate) =>
        (isFinished(candidate) || candidate.supervised) && isRunnable(workspace, candidate),
    });
    if (!isFinished(task)) {
      await workspace.runner.cancel(task.id);
      await untilFinished(workspace.queue, task.id);
    }
    const copy = await workspace.queue.requeue(task.id);
    return runNow(workspace, copy.id);
  }

  private async cancel(given: readonly unknown[]): Promise<void> {
    const workspace = await this.access.open();
    const title = vscode.l10n.t('Cancel');
    const tasks = await someTasks(workspace.queue, given, { title, statuses: ['running', 'queued'] });
    await each(tasks, (id) => workspace.runner.cancel(id));
  }
}

async function untilFinished(queue: Queue, id: string): Promise<void> {
  let unsubscribe = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (task: Task | undefined) => {
        if (!task || isFinished(task)) resolve();
      };
      unsubscribe = queue.subscribe((event) => {
        if (event.task_id === id) look(event.task);
      });
      queue.getTask(id).then(look, reject);
    });
  } finally {
    unsubscribe();
  }
}
