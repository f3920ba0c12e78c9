import * as vscode from 'vscode';
import { commands } from '../../contributions';
import { isFinished, type Task } from '../../core/model';
import type { Queue } from '../../core/queue';
import { checkSummary } from '../../core/validation';
import type { OutputDocuments } from '../documents/outputDocuments';
import type { PayloadFiles } from '../documents/payloadFiles';
import { isRunnable } from '../queue/openWorkspace';
import type { QueueAccess } from '../queue/queueAccess';
import { runNow } from '../queue/runNow';
import { gitHere } from '../queue/taskFacts';
import type { CommandRegistry } from '../shared/commandRegistry';
import { Labels } from '../shared/labels';
import { each, oneTask, someTasks } from '../shared/manyTasks';
import { notify } from '../shared/notice';
import { ask, notBlank } from '../shared/prompts';
import { problemOf } from '../shared/refusal';
import { demandTrust } from '../shared/trust';

/** Commands on tasks that are there. */
export class TaskCommands {
  private readonly labels = new Labels(vscode.l10n);

  constructor(
    private readonly access: QueueAccess,
    private readonly commands: CommandRegistry,
    private readonly outputs: OutputDocuments,
    private readonly payloads: PayloadFiles,
  ) {}

  register(): vscode.Disposable {
    return this.commands.register({
      claim: (...given) => this.claim(given),
      complete: (...given) => this.complete(given),
      fail: (...given) => this.fail(given),
      requeue: (...given) => this.requeue(given),
      cancel: (...given) => this.cancel(given),
      accept: (...given) => this.accept(given),
      runTask: (...given) => this.run(given),
      runAgain: (...given) => this.runAgain(given),
      showOutput: (...given) => this.showOutput(given),
      editPayload: (...given) => this.editPayload(given),
      copyTaskId: (...given) => this.copyId(given),
    });
  }

  private async claim(given: readonly unknown[]): Promise<Task> {
    const workspace = await this.access.open();
    const task = await oneTask(workspace.queue, given, {
      title: vscode.l10n.t('Claim'),
      statuses: ['queued'],
    });
    const claim = await workspace.queue.claimTask(task.id, {
      worker_id: await workspace.runner.workerId(),
      git: await gitHere(workspace),
    });
    void this.offerToFinish(claim.task);
    return claim.task;
  }

  private async offerToFinish(task: Task): Promise<void> {
    const complete = vscode.l10n.t('Complete');
    const fail = vscode.l10n.t('Fail');
    const answer = await notify(
      'information',
      vscode.l10n.t('{0} is yours. Complete or fail it when you are done.', this.labels.nameOf(task)),
      complete,
      fail,
    );
    const target = { taskId: task.id };
    if (answer === complete) await vscode.commands.executeCommand(commands.complete, target);
    if (answer === fail) await vscode.commands.executeCommand(commands.fail, target);
  }

  private async complete(given: readonly unknown[]): Promise<Task> {
    const workspace = await this.access.open();
    const title = vscode.l10n.t('Complete');
    const task = await oneTask(workspace.queue, given, { title, statuses: ['running'], fits: isByHand });
    const summary = await ask({
      title: `${title}: ${this.labels.nameOf(task)}`,
      prompt: vscode.l10n.t('What was done?'),
      problem: (answer) => problemOf(() => checkSummary(answer)),
    });
    return workspace.queue.complete(task.id, { result_summary: summary, git: await gitHere(workspace) });
  }

  private async fail(given: readonly unknown[]): Promise<Task> {
    const workspace = await this.access.open();
    const title = vscode.l10n.t('Fail');
    const task = await oneTask(workspace.queue, given, {
      title,
      statuses: ['running', 'queued'],
      fits: isByHand,
    });
    const reason = await ask({
      title: `${title}: ${this.labels.nameOf(task)}`,
      prompt: vscode.l10n.t('Why did it fail?'),
      problem: notBlank(vscode.l10n.t('Enter why it failed.')),
    });
    return workspace.queue.fail(task.id, { error_message: reason, git: await gitHere(workspace) });
  }

  private async requeue(given: readonly unknown[]): Promise<Task[]> {
    const workspace = await this.access.open();
    const title = vscode.l10n.t('Requeue');
    const tasks = await someTasks(workspace.queue, given, { title, statuses: ['failed', 'succeeded'] });
    return each(tasks, (id) => workspace.queue.requeue(id));
  }

  private async cancel(given: readonly unknown[]): Promise<void> {
    const workspace = await this.access.open();
    const title = vscode.l10n.t('Cancel');
    const tasks = await someTasks(workspace.queue, given, { title, statuses: ['running', 'queued'] });
    await each(tasks, (id) => workspace.runner.cancel(id));
  }

  private async accept(given: readonly unknown[]): Promise<void> {
    const workspace = await this.access.open();
    const title = vscode.l10n.t('Mark as Reviewed');
    const fits = ({ reviewed_at }: Task) => reviewed_at === null;
    const tasks = await someTasks(workspace.queue, given, { title, statuses: ['failed', 'succeeded'], fits });
    await each(tasks, (id) => workspace.queue.reviewTask(id, { accepted: true }));
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

  private async showOutput(given: readonly unknown[]): Promise<void> {
    const workspace = await this.access.open();
    const task = await oneTask(workspace.queue, given, {
      title: vscode.l10n.t('Show Output'),
      statuses: ['running', 'failed', 'succeeded'],
      fits: ({ attempts }) => attempts > 0,
    });
    await this.outputs.show(task.id);
  }

  private async editPayload(given: readonly unknown[]): Promise<void> {
    const workspace = await this.access.open();
    const title = vscode.l10n.t('Edit Payload');
    await this.payloads.show(await oneTask(workspace.queue, given, { title, statuses: ['queued'] }));
  }

  private async copyId(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.open();
    const title = vscode.l10n.t('Copy Task ID');
    const statuses = ['running', 'queued', 'failed', 'succeeded'] as const;
    const ids = await someTasks(queue, given, { title, statuses });
    await vscode.env.clipboard.writeText(ids.join('\n'));
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

/** Whether a person may end this task: the end of a supervised run is told by its supervisor. */
function isByHand(task: Task): boolean {
  return !isFinished(task) && !task.supervised;
}
