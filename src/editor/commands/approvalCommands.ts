import * as vscode from 'vscode';
import {
  approveShown,
  commandOf,
  readUnapproved,
  type ShownRun,
  shownRunLines,
  unapprovedOf,
} from '../../client/plannedRuns';
import { commands, type ShownApproval } from '../../contributions';
import { QueueError } from '../../core/errors';
import { isUnapproved } from '../../core/model';
import type { ApprovalScope, Queue } from '../../core/queue';
import { nameOfTask } from '../../core/taskName';
import type { PlanDocuments } from '../documents/planDocuments';
import { oneTask, someTasks } from '../pickers/taskPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { each, throwRefused, tryEach } from '../shared/eachTask';
import { ask } from '../shared/inputBox';
import { EditorRefusal } from '../shared/refusal';
import { batchIds } from '../shared/targets';
import { labels } from '../shared/translatedLabels';
import { demandTrust } from '../shared/trust';
import type { QueueAccess } from '../workspace/queueAccess';

/** A question shows so many lines; what is more is on the page of the task, or in the document of the plan. */
const mostLines = 16;

/** The commands with which a person agrees to what an agent has queued, or does not. */
export class ApprovalCommands {
  constructor(
    private readonly access: QueueAccess,
    private readonly plans: PlanDocuments,
  ) {}

  readonly handlers = {
    approve: (...given) => this.approve(given),
    approvePlan: (target, _selected, shown) => this.approvePlan(target, shown),
    deny: (...given) => this.deny(given),
  } satisfies CommandHandlers;

  private async approve(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    demandTrust();
    const ids = await someTasks(queue, given, questionFor(vscode.l10n.t('Approve')));
    const shown = (await Promise.all(ids.map((id) => readUnapproved(queue, id)))).flat();
    const [only] = ids;
    const showAll = async () => {
      await vscode.commands.executeCommand(commands.openTask, { taskId: only });
    };
    const scope = await this.agree(shown, ids.length === 1 ? showAll : undefined);
    throwRefused(await tryEach(shown, (one) => approveShown(queue, one.task.id, [one], scope)));
  }

  /** Approves what was shown of a plan; without that, shows it first. */
  private async approvePlan(target: unknown, given?: ShownApproval): Promise<void> {
    const { queue } = await this.access.demand();
    demandTrust();
    const [batch] = batchIds(target);
    const id = batch ?? (await this.planOf(queue, target));
    try {
      if (given !== undefined) return void (await queue.approveBatch(id, given));
      const shown = await readUnapproved(queue, id);
      const scope = await this.agree(shown, () => this.plans.show(id));
      await approveShown(queue, id, shown, scope);
    } catch (error) {
      if (!QueueError.is(error, 'changed')) throw error;
      await this.plans.show(id);
      throw new EditorRefusal(vscode.l10n.t('What would start has changed since it was shown: look again.'));
    }
  }

  private async planOf(queue: Queue, target: unknown): Promise<string> {
    const task = await oneTask(queue, [target], {
      ...questionFor(vscode.l10n.t('Approve All of This Plan')),
      fits: (one) => isUnapproved(one) && one.batch_id !== null,
    });
    if (task.batch_id !== null) return task.batch_id;
    throw new EditorRefusal(vscode.l10n.t('{0} is not part of a plan.', nameOfTask(task)));
  }

  private async deny(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const [batch] = batchIds(given[0]);
    const ids =
      batch === undefined
        ? await someTasks(queue, given, questionFor(vscode.l10n.t('Deny')))
        : (await unapprovedOf(queue, batch)).map(({ id }) => id);
    const reason = await ask({
      title: vscode.l10n.t('Deny'),
      prompt: vscode.l10n.t('Why? The agent is told. Leave it empty to give no reason.'),
    });
    // The last ones first: a task whose dependency is denied would fail for that reason instead.
    await each([...ids].reverse(), (id) => queue.deny(id, { reason }));
  }

  /**
   * Shows what would start. Rejects with a CancellationError unless the person agrees.
   * @param showAll opens where all of it is to be seen, which ends the question
   */
  private async agree(shown: readonly ShownRun[], showAll?: () => Promise<void>): Promise<ApprovalScope> {
    const [first] = shown;
    const one = shown.length === 1 ? first : undefined;
    const message = one
      ? vscode.l10n.t('Let {0} start?', nameOfTask(one.task))
      : vscode.l10n.t('Let {0} tasks start?', shown.length);
    const lines = one
      ? shownRunLines(one, vscode.l10n).slice(1)
      : shown.map(({ task, run }) => `${nameOfTask(task)}: ${commandOf(run) ?? run.problem ?? ''}`);
    const more = lines.length - mostLines;
    const detail = [
      ...lines.slice(0, mostLines),
      ...(more > 0 ? [vscode.l10n.t('… and {0} more lines', more)] : []),
    ].join('\n');
    const conversed = shown.some(({ task }) => task.origin.conversation !== undefined);
    const ways = labels.approvals(conversed);
    const all = vscode.l10n.t('Show All');
    const titles = [...ways.map(({ title }) => title), ...(showAll ? [all] : [])];
    const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, ...titles);
    if (answer === all) await showAll?.();
    const way = ways.find(({ title }) => title === answer);
    if (!way) throw new vscode.CancellationError();
    return way.scope;
  }
}

function questionFor(title: string) {
  return { title, statuses: ['queued'], fits: isUnapproved } as const;
}
