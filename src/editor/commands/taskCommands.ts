import * as vscode from 'vscode';
import { commands } from '../../contributions';
import type { Task } from '../../core/model';
import type { Queue } from '../../core/queue';
import { checkSummary } from '../../core/validation';
import { isRunnable } from '../queue/openWorkspace';
import { gitHere } from '../queue/taskFacts';
import { Labels } from '../shared/labels';
import { each, oneTask, someTasks } from '../shared/manyTasks';
import { notify } from '../shared/notice';
import { ask, notBlank } from '../shared/prompts';
import { problemOf } from '../shared/refusal';
import { demandTrust } from '../shared/trust';
import type { SparkQ } from '../sparkq';
import { isFinished } from '../views/queueNodes';

/** Commands on tasks that are there. */
export class TaskCommands {
  private readonly labels = new Labels(vscode.l10n);

  constructor(private readonly sparkq: SparkQ) {}

  register(): vscode.Disposable {
    const { runner } = this.sparkq;
    return vscode.Disposable.from(
      runner.register('claim', (...given) => this.claim(given)),
      runner.register('complete', (...given) => this.complete(given)),
      runner.register('fail', (...given) => this.fail(given)),
      runner.register('requeue', (...given) => this.requeue(given)),
      runner.register('cancel', (...given) => this.cancel(given)),
      runner.register('accept', (...given) => this.accept(given)),
      runner.register('runTask', (...given) => this.run(given)),
      runner.register('runAgain', (...given) => this.runAgain(given)),
      runner.register('showOutput', (...given) => this.showOutput(given)),
      runner.register('editPayload', (...given) => this.editPayload(given)),
      runner.register('copyTaskId', (...given) => this.copyId(given)),
    );
  }

  private async claim(given: readonly unknown[]): Promise<Task> {
    const place = await this.sparkq.access.open();
    const task = await oneTask(place.queue, given, { title: vscode.l10n.t('Claim'), statuses: ['queued'] });
    const claim = await place.queue.claimTask(task.id, {
      worker_id: await place.runner.workerId(),
      git: await gitHere(place),
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
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Complete');
    const task = await oneTask(place.queue, given, { title, statuses: ['running'], fits: isByHand });
    const summary = await ask({
      title: `${title}: ${this.labels.nameOf(task)}`,
      prompt: vscode.l10n.t('What was done?'),
      problem: (answer) => problemOf(() => checkSummary(answer)),
    });
    return place.queue.complete(task.id, { result_summary: summary, git: await gitHere(place) });
  }

  private async fail(given: readonly unknown[]): Promise<Task> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Fail');
    const task = await oneTask(place.queue, given, {
      title,
      statuses: ['running', 'queued'],
      fits: isByHand,
    });
    const reason = await ask({
      title: `${title}: ${this.labels.nameOf(task)}`,
      prompt: vscode.l10n.t('Why did it fail?'),
      problem: notBlank(vscode.l10n.t('Enter why it failed.')),
    });
    return place.queue.fail(task.id, { error_message: reason, git: await gitHere(place) });
  }

  private async requeue(given: readonly unknown[]): Promise<Task[]> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Requeue');
    const tasks = await someTasks(place.queue, given, { title, statuses: ['failed', 'succeeded'] });
    return each(tasks, (id) => place.queue.requeue(id));
  }

  private async cancel(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Cancel');
    const tasks = await someTasks(place.queue, given, { title, statuses: ['running', 'queued'] });
    await each(tasks, (id) => place.runner.cancel(id));
  }

  private async accept(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Mark as Reviewed');
    const fits = ({ reviewed_at }: Task) => reviewed_at === null;
    const tasks = await someTasks(place.queue, given, { title, statuses: ['failed', 'succeeded'], fits });
    await each(tasks, (id) => place.queue.reviewTask(id, { accepted: true }));
  }

  private async run(given: readonly unknown[]): Promise<Task> {
    const place = await this.sparkq.access.open();
    demandTrust();
    const task = await oneTask(place.queue, given, {
      title: vscode.l10n.t('Run Now'),
      statuses: ['queued'],
      fits: (candidate) => isRunnable(place, candidate),
    });
    return this.sparkq.runNow(place, task.id);
  }

  /** Queues a copy and runs it at once; one that still runs is stopped first. */
  private async runAgain(given: readonly unknown[]): Promise<Task> {
    const place = await this.sparkq.access.open();
    demandTrust();
    const task = await oneTask(place.queue, given, {
      title: vscode.l10n.t('Run Again'),
      statuses: ['running', 'failed', 'succeeded'],
      // What a person has claimed is stopped by that person alone.
      fits: (candidate) => (isFinished(candidate) || candidate.supervised) && isRunnable(place, candidate),
    });
    if (!isFinished(task)) {
      await place.runner.cancel(task.id);
      await untilFinished(place.queue, task.id);
    }
    const copy = await place.queue.requeue(task.id);
    return this.sparkq.runNow(place, copy.id);
  }

  private async showOutput(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    const task = await oneTask(place.queue, given, {
      title: vscode.l10n.t('Show Output'),
      statuses: ['running', 'failed', 'succeeded'],
      fits: ({ attempts }) => attempts > 0,
    });
    await this.sparkq.showOutput(task.id);
  }

  private async editPayload(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Edit Payload');
    await this.sparkq.editPayload(await oneTask(place.queue, given, { title, statuses: ['queued'] }));
  }

  private async copyId(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.sparkq.access.open();
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
