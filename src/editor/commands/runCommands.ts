import * as vscode from 'vscode';
import { isFinished, type Task } from '../../core/model';
import type { Queue } from '../../core/queue';
import { isResting } from '../../core/waiting';
import { oneTask, onTasks, type TaskQuestion } from '../pickers/taskPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { notify } from '../shared/notify';
import { type Choice, choose } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import { streamIds, taskIds } from '../shared/targets';
import { labels } from '../shared/translatedLabels';
import { demandTrust } from '../shared/trust';
import { isSuspendable } from '../views/contextValue';
import { isRunnable } from '../workspace/openWorkspace';
import type { QueueAccess } from '../workspace/queueAccess';
import { runNow } from '../workspace/runNow';

/** Commands that start and stop tasks with the built-in runner. */
export class RunCommands {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers = {
    runTask: (...given) => this.run(given),
    runAgain: (...given) => this.runAgain(given),
    cancel: (...given) => this.cancel(given),
    suspendRun: (...given) => this.suspend(given),
    continueRun: (...given) => this.continue(given),
    wakeAccount: (...given) => this.wake(given),
  } satisfies CommandHandlers;

  private async run(given: readonly unknown[]): Promise<Task> {
    const workspace = await this.access.demand();
    demandTrust();
    const task = await oneTask(workspace.queue, given, {
      title: vscode.l10n.t('Run Now'),
      statuses: ['queued'],
      fits: (candidate) => isRunnable(workspace, candidate),
    });
    return runNow(workspace, task.id);
  }

  /** Queues a copy and runs it at once. A running task is stopped first. */
  private async runAgain(given: readonly unknown[]): Promise<Task> {
    const workspace = await this.access.demand();
    demandTrust();
    const task = await oneTask(workspace.queue, given, {
      title: vscode.l10n.t('Run Again'),
      statuses: ['running', 'failed', 'succeeded'],
      // A task claimed by hand is not ours to stop.
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
    const { queue, runner } = await this.access.demand();
    const question = { title: vscode.l10n.t('Cancel'), statuses: ['running', 'queued'] } as const;
    await onTasks(queue, given, question, (id) => runner.cancel(id));
  }

  private async suspend(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Suspend Run');
    const question: TaskQuestion = {
      title,
      statuses: ['running'],
      fits: (task) => isSuspendable(task) && !task.suspended,
    };
    await onTasks(queue, given, question, (id) => queue.suspend(id));
  }

  private async continue(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Continue Run');
    const question: TaskQuestion = { title, statuses: ['running'], fits: ({ suspended }) => suspended };
    await onTasks(queue, given, question, (id) => queue.continue(id));
  }

  /** Ends the rest of the account of what was clicked; of any that rests, from the palette. */
  private async wake(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const tool = (await restingTool(queue, given)) ?? (await askForResting(queue));
    const { account } = await queue.wakeTool(tool);
    void notify('information', vscode.l10n.t('The account {0} no longer rests.', account ?? tool));
  }
}

/** The tool that the clicked task or stream waits for; undefined where nothing was clicked that waits for one. */
async function restingTool(queue: Queue, [target]: readonly unknown[]): Promise<string | undefined> {
  const [task] = taskIds(target);
  const [stream] = streamIds(target);
  if (task === undefined && stream === undefined) return undefined;
  const row = task === undefined ? await queue.getStream(stream ?? '') : await queue.getTask(task);
  return isResting(row) ? row.waiting_reason?.values.tool : undefined;
}

/** @throws EditorRefusal if no account rests */
async function askForResting(queue: Queue): Promise<string> {
  const resting = new Map<string, Choice<string>>();
  for (const { name, rest } of await queue.listTools())
    if (rest) resting.set(rest.account, { label: rest.account, description: labels.rest(rest), value: name });
  const [only, ...more] = resting.values();
  if (only === undefined) throw new EditorRefusal(vscode.l10n.t('No account rests.'));
  if (more.length === 0) return only.value;
  return choose(vscode.l10n.t('Wake Account'), vscode.l10n.t('Select an account'), [only, ...more]);
}

async function untilFinished(queue: Queue, id: string): Promise<void> {
  let unsubscribe = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      const check = (task: Task | undefined) => {
        if (!task || isFinished(task)) resolve();
      };
      unsubscribe = queue.subscribe((event) => {
        if (event.task_id === id) check(event.task);
      });
      queue.getTask(id).then(check, reject);
    });
  } finally {
    unsubscribe();
  }
}
