import * as vscode from 'vscode';
import { commands } from '../contributions';
import { toolOf } from '../core/config';
import { QueueError } from '../core/errors';
import type { Task, TaskStatus } from '../core/model';
import type { Queue } from '../core/queue';
import { checkSummary } from '../core/validation';
import { Labels } from './labels';
import { pickStream, pickTask } from './pickers';
import { ask, confirm, notBlank } from './prompts';
import { isFinished } from './queueNodes';
import { EditorRefusal, problemOf } from './refusal';
import type { SparkQ } from './sparkq';
import { taskIds } from './targets';
import { gitHere } from './taskFacts';
import { demandTrust } from './trust';
import type { Workplace } from './workplace';

/** Which tasks a command offers when it was given none. */
interface TaskQuestion {
  title: string;
  statuses: readonly TaskStatus[];
  fits?: (task: Task) => boolean;
}

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
      runner.register('deleteTask', (...given) => this.delete(given)),
      runner.register('editPayload', (...given) => this.editPayload(given)),
      runner.register('moveUp', (...given) => this.move(given, -1)),
      runner.register('moveDown', (...given) => this.move(given, 1)),
      runner.register('moveToStream', (...given) => this.moveToStream(given)),
      runner.register('copyTaskId', (...given) => this.copyId(given)),
    );
  }

  private async claim(given: readonly unknown[]): Promise<Task> {
    const place = await this.sparkq.access.open();
    const task = await this.one(place, given, { title: vscode.l10n.t('Claim'), statuses: ['queued'] });
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
    const answer = await vscode.window.showInformationMessage(
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
    const task = await this.one(place, given, { title, statuses: ['running'], fits: isByHand });
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
    const task = await this.one(place, given, { title, statuses: ['running', 'queued'], fits: isByHand });
    const reason = await ask({
      title: `${title}: ${this.labels.nameOf(task)}`,
      prompt: vscode.l10n.t('Why did it fail?'),
      problem: notBlank(vscode.l10n.t('Say in a few words why it failed.')),
    });
    return place.queue.fail(task.id, { error_message: reason, git: await gitHere(place) });
  }

  private async requeue(given: readonly unknown[]): Promise<Task[]> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Requeue');
    const tasks = await this.several(place, given, { title, statuses: ['failed', 'succeeded'] });
    return each(tasks, (id) => place.queue.requeue(id));
  }

  private async cancel(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Cancel');
    const tasks = await this.several(place, given, { title, statuses: ['running', 'queued'] });
    await each(tasks, (id) => place.runner.cancel(id));
  }

  private async accept(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    await each(taskIds(...given), (id) => place.queue.reviewTask(id, { accepted: true }));
  }

  private async run(given: readonly unknown[]): Promise<Task> {
    const place = await this.sparkq.access.open();
    demandTrust();
    const task = await this.one(place, given, {
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
    const task = await this.one(place, given, {
      title: vscode.l10n.t('Run Again'),
      statuses: ['running', 'failed', 'succeeded'],
      fits: (candidate) => isRunnable(place, candidate),
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
    const task = await this.one(place, given, {
      title: vscode.l10n.t('Show Output'),
      statuses: ['running', 'failed', 'succeeded'],
      fits: ({ attempts }) => attempts > 0,
    });
    await this.sparkq.showOutput(task.id);
  }

  private async delete(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Delete');
    const tasks = await this.several(place, given, { title, statuses: ['queued', 'failed', 'succeeded'] });
    const message =
      tasks.length === 1
        ? vscode.l10n.t('Delete this task and its output?')
        : vscode.l10n.t('Delete {0} tasks and their output?', tasks.length);
    await confirm(message, vscode.l10n.t('What has run is not undone.'), title);
    await each(tasks, (id) => place.queue.deleteTask(id));
  }

  private async editPayload(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Edit Payload');
    await this.sparkq.editPayload(await this.one(place, given, { title, statuses: ['queued'] }));
  }

  private async move(given: readonly unknown[], by: -1 | 1): Promise<void> {
    const { queue } = await this.sparkq.access.open();
    for (const id of taskIds(...given)) {
      const task = await queue.getTask(id);
      const neighbour = await neighbourOf(task, by, async (offset) => {
        const page = {
          stream: task.stream_id,
          status: 'queued',
          order: 'position',
          limit: 1_000,
          offset,
        } as const;
        return (await queue.listTasks(page)).items;
      });
      if (neighbour) await queue.moveTask(id, by < 0 ? { before: neighbour } : { after: neighbour });
    }
  }

  private async moveToStream(given: readonly unknown[]): Promise<void> {
    const place = await this.sparkq.access.open();
    const title = vscode.l10n.t('Move to Stream');
    const tasks = await this.several(place, given, { title, statuses: ['queued'] });
    const stream = await pickStream(place.queue, { title, orNew: true });
    await each(tasks, (id) => place.queue.moveTask(id, { stream: stream.id, to: 'back' }));
  }

  private async copyId(given: readonly unknown[]): Promise<void> {
    await vscode.env.clipboard.writeText(taskIds(...given).join('\n'));
  }

  /** The task that the command was given, or the answer to a question. */
  private async one(place: Workplace, given: readonly unknown[], question: TaskQuestion): Promise<Task> {
    const [id] = taskIds(...given);
    if (id !== undefined) return place.queue.getTask(id);
    return pickTask(place.queue, question.title, question.statuses, question.fits);
  }

  private async several(
    place: Workplace,
    given: readonly unknown[],
    question: TaskQuestion,
  ): Promise<string[]> {
    const ids = taskIds(...given);
    return ids.length > 0 ? ids : [(await this.one(place, given, question)).id];
  }
}

/** Whether the built-in runner has a command for this task. */
function isRunnable({ config }: Workplace, task: Task): boolean {
  return Boolean(toolOf(config.current(), task.tool_name)?.command);
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

/** Does the same to each task. Those that are refused do not stop the others; the refusals are told together. */
async function each<T>(ids: readonly string[], act: (id: string) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  const refused: QueueError[] = [];
  for (const id of ids) {
    try {
      done.push(await act(id));
    } catch (error) {
      if (!QueueError.is(error)) throw error;
      refused.push(error);
    }
  }
  const [first] = refused;
  if (first && ids.length === 1) throw first;
  if (first) {
    throw new EditorRefusal(
      vscode.l10n.t('{0} of {1} tasks were left as they are: {2}', refused.length, ids.length, first.message),
    );
  }
  return done;
}

/** The id of the queued task just before or after `task` in its stream. */
async function neighbourOf(
  task: Task,
  by: -1 | 1,
  read: (offset: number) => Promise<Task[]>,
): Promise<string | undefined> {
  let previous: Task | undefined;
  let found = false;
  for (let offset = 0; ; ) {
    const tasks = await read(offset);
    if (tasks.length === 0) return undefined;
    offset += tasks.length;
    for (const other of tasks) {
      if (found) return other.id;
      if (other.id === task.id && by < 0) return previous?.id;
      found = other.id === task.id;
      previous = other;
    }
  }
}
