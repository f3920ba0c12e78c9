import * as vscode from 'vscode';
import { commands, type QuestionTarget } from '../../contributions';
import { QueueError } from '../../core/errors';
import type { Task, TaskAnswer } from '../../core/model';
import { nameOfTask } from '../../core/taskName';
import { oneTask } from '../pickers/taskPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { ask, notBlank } from '../shared/inputBox';
import { type Choice, choose } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import type { QueueAccess } from '../workspace/queueAccess';

/** The command that answers what the worker of a task has asked. */
export class QuestionCommands {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers = {
    answer: (...given) => this.answer(given),
  } satisfies CommandHandlers;

  /** Asks for the answer if it was not given. Only the question that the person has seen is answered. */
  private async answer([target, given]: readonly unknown[]): Promise<TaskAnswer> {
    const { queue } = await this.access.demand();
    const task = await oneTask(queue, [target], {
      title: vscode.l10n.t('Answer'),
      statuses: ['queued'],
      fits: ({ question }) => Boolean(question),
    });
    const seen = askedAtOf(target) ?? task.question?.asked_at;
    if (task.question?.asked_at !== seen) return answeredMeanwhile(task);
    const text = typeof given === 'string' ? given : await this.askFor(task);
    try {
      return await queue.answer(task.id, { text, asked_at: seen });
    } catch (error) {
      if (QueueError.is(error, 'changed', 'wrong_state')) return answeredMeanwhile(task);
      throw error;
    }
  }

  private async askFor(task: Task): Promise<string> {
    const { question } = task;
    if (!question) throw new EditorRefusal(vscode.l10n.t('{0} asks nothing.', nameOfTask(task)));
    const title = vscode.l10n.t('Answer {0}', nameOfTask(task));
    if (question.choices.length > 0) {
      const own: Choice<null> = { label: vscode.l10n.t('Another answer...'), value: null };
      const choices = question.choices.map((label): Choice<string | null> => ({ label, value: label }));
      const chosen = await choose<string | null>(title, question.text, [...choices, own]);
      if (chosen !== null) return chosen;
    }
    return ask({ title, prompt: question.text, problem: notBlank(vscode.l10n.t('Give an answer.')) });
  }
}

function askedAtOf(target: unknown): string | undefined {
  return (target as Partial<QuestionTarget> | undefined)?.askedAt;
}

/** VS Code takes no notification back: one that is pressed late shows the task. */
async function answeredMeanwhile(task: Task): Promise<never> {
  await vscode.commands.executeCommand(commands.openTask, { taskId: task.id });
  throw new EditorRefusal(vscode.l10n.t('That question of {0} has been answered.', nameOfTask(task)));
}
