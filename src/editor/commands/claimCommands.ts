import * as vscode from 'vscode';
import { commands } from '../../contributions';
import { isFinished, type Task, type TaskAnswer } from '../../core/model';
import { nameOfTask } from '../../core/taskName';
import { checkSummary } from '../../core/validation';
import { oneTask } from '../pickers/taskPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { ask, notBlank } from '../shared/inputBox';
import { notify } from '../shared/notify';
import { problemOf } from '../shared/refusal';
import type { QueueAccess } from '../workspace/queueAccess';
import { gitAtEnd, gitHere } from '../workspace/taskFacts';

/** Commands for doing a task by hand. */
export class ClaimCommands {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers = {
    claim: (...given) => this.claim(given),
    complete: (...given) => this.complete(given),
    fail: (...given) => this.fail(given),
  } satisfies CommandHandlers;

  private async claim(given: readonly unknown[]): Promise<Task> {
    const workspace = await this.access.demand();
    const task = await oneTask(workspace.queue, given, {
      title: vscode.l10n.t('Claim'),
      statuses: ['queued'],
    });
    const claim = await workspace.queue.claimTask(task.id, {
      worker_id: await workspace.runner.workerId(),
      git: await gitHere(workspace, task.payload_json),
    });
    void this.offerToFinish(claim.task);
    return claim.task;
  }

  private async offerToFinish(task: Task): Promise<void> {
    const complete = vscode.l10n.t('Complete');
    const fail = vscode.l10n.t('Fail');
    const answer = await notify(
      'information',
      vscode.l10n.t('{0} is yours. Complete or fail it when you are done.', nameOfTask(task)),
      complete,
      fail,
    );
    const target = { taskId: task.id };
    if (answer === complete) await vscode.commands.executeCommand(commands.complete, target);
    if (answer === fail) await vscode.commands.executeCommand(commands.fail, target);
  }

  private async complete(given: readonly unknown[]): Promise<TaskAnswer> {
    const workspace = await this.access.demand();
    const title = vscode.l10n.t('Complete');
    const task = await oneTask(workspace.queue, given, { title, statuses: ['running'], fits: isByHand });
    const summary = await ask({
      title: `${title}: ${nameOfTask(task)}`,
      prompt: vscode.l10n.t('What was done?'),
      problem: (answer) => problemOf(() => checkSummary(answer)),
    });
    return workspace.queue.complete(task.id, {
      result_summary: summary,
      git: await gitAtEnd(workspace, task),
    });
  }

  private async fail(given: readonly unknown[]): Promise<TaskAnswer> {
    const workspace = await this.access.demand();
    const title = vscode.l10n.t('Fail');
    const task = await oneTask(workspace.queue, given, {
      title,
      statuses: ['running', 'queued'],
      fits: isByHand,
    });
    const reason = await ask({
      title: `${title}: ${nameOfTask(task)}`,
      prompt: vscode.l10n.t('Why did it fail?'),
      problem: notBlank(vscode.l10n.t('Enter why it failed.')),
    });
    return workspace.queue.fail(task.id, { error_message: reason, git: await gitAtEnd(workspace, task) });
  }
}

/** Whether a person may end this task: a supervised run is ended by its supervisor. */
function isByHand(task: Task): boolean {
  return !isFinished(task) && !task.supervised;
}
