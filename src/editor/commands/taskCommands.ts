import * as vscode from 'vscode';
import { commands } from '../../contributions';
import { type TaskAnswer, worktreeKinds } from '../../core/model';
import { nameOfTask } from '../../core/taskName';
import { commandText, wordsOfCheck } from '../../system/shellWords';
import type { OutputDocuments } from '../documents/outputDocuments';
import type { PayloadFiles } from '../documents/payloadFiles';
import type { RunTerminals } from '../documents/runTerminals';
import { oneTask, someTasks } from '../pickers/taskPicker';
import { askForWorktree } from '../pickers/worktreePicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { ask } from '../shared/inputBox';
import { EditorRefusal } from '../shared/refusal';
import { mayChooseWorktree } from '../views/contextValue';
import type { QueueAccess } from '../workspace/queueAccess';
import { commandOfTask } from '../workspace/taskCommand';

/** Commands that open or copy parts of a task. */
export class TaskCommands {
  constructor(
    private readonly access: QueueAccess,
    private readonly outputs: OutputDocuments,
    private readonly payloads: PayloadFiles,
    private readonly terminals: RunTerminals,
  ) {}

  readonly handlers = {
    showOutput: (...given) => this.showOutput(given),
    showTerminal: (...given) => this.showTerminal(given),
    editPayload: (...given) => this.editPayload(given),
    verifyWith: (...given) => this.verifyWith(given),
    chooseWorktree: (...given) => this.chooseWorktree(given),
    copyCommand: (...given) => this.copyCommand(given),
    copyOutput: (...given) => this.copyOutput(given),
    copyTaskId: (...given) => this.copyId(given),
  } satisfies CommandHandlers;

  private async showOutput(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const task = await oneTask(queue, given, {
      title: vscode.l10n.t('Show Output'),
      statuses: ['running', 'failed', 'succeeded'],
      fits: ({ attempts }) => attempts > 0,
    });
    await this.outputs.show(task.id);
  }

  private async showTerminal(given: readonly unknown[]): Promise<void> {
    const workspace = await this.access.demand();
    const runs = workspace.runner.runs();
    const task = await oneTask(workspace.queue, given, {
      title: vscode.l10n.t('Show Terminal'),
      statuses: ['running'],
      fits: ({ id }) => runs.some((run) => run.task.id === id),
    });
    const run = runs.find((one) => one.task.id === task.id);
    if (run) return this.terminals.show(workspace, run);
    throw new EditorRefusal(vscode.l10n.t('{0} does not run in this window.', nameOfTask(task)), {
      title: vscode.l10n.t('Show Output'),
      command: commands.showOutput,
      arguments: [{ taskId: task.id }],
    });
  }

  private async editPayload(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Edit Payload');
    await this.payloads.show(await oneTask(queue, given, { title, statuses: ['queued'] }));
  }

  /** Asks for the command if it was not given. */
  private async verifyWith([target, given]: readonly unknown[]): Promise<TaskAnswer> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Verify With');
    const task = await oneTask(queue, [target], { title, statuses: ['queued'] });
    const answer =
      typeof given === 'string'
        ? given
        : await ask({
            title,
            prompt: vscode.l10n.t(
              'A command that checks what {0} did once it has succeeded; leave empty for that of its tool',
              nameOfTask(task),
            ),
            placeHolder: 'npm test',
            value: task.verify ? commandText(task.verify) : '',
          });
    return queue.editTask(task.id, { verify: answer.trim() === '' ? null : wordsOfCheck(answer) });
  }

  /** Asks for it if it was not given; null: where its stream or its tool says. */
  private async chooseWorktree([target, given]: readonly unknown[]): Promise<TaskAnswer> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Choose Worktree');
    const task = await oneTask(queue, [target], { title, statuses: ['queued'], fits: mayChooseWorktree });
    const kind = given === null ? null : worktreeKinds.find((one) => one === given);
    const otherwise = vscode.l10n.t('As its stream or its tool says');
    const worktree = kind === undefined ? await askForWorktree(title, otherwise) : kind;
    return queue.editTask(task.id, { worktree });
  }

  private async copyOutput(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const task = await oneTask(queue, given, {
      title: vscode.l10n.t('Copy Output'),
      statuses: ['running', 'failed', 'succeeded'],
      fits: ({ attempts }) => attempts > 0,
    });
    const text = await this.outputs.textOf(task.id);
    if (text === '') throw new EditorRefusal(vscode.l10n.t('{0} has printed nothing.', nameOfTask(task)));
    await vscode.env.clipboard.writeText(text);
  }

  private async copyCommand(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const task = await oneTask(queue, given, {
      title: vscode.l10n.t('Copy Command'),
      statuses: ['running', 'queued', 'failed', 'succeeded'],
      fits: (candidate) => commandOfTask(candidate) !== null,
    });
    const command = commandOfTask(task);
    if (command === null) throw new EditorRefusal(vscode.l10n.t('{0} runs no command.', nameOfTask(task)));
    await vscode.env.clipboard.writeText(command);
  }

  private async copyId(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Copy Task ID');
    const statuses = ['running', 'queued', 'failed', 'succeeded'] as const;
    const ids = await someTasks(queue, given, { title, statuses });
    await vscode.env.clipboard.writeText(ids.join('\n'));
  }
}
