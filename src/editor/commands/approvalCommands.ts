import * as vscode from 'vscode';
import {
  approveShown,
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

/** Longer ones are shown on the page of the task, or in the document of the plan: nothing is approved unseen. */
const mostLines = 24;

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
    const scope = await agree(shown, async () => {
      const [only, ...others] = ids;
      if (others.length > 0) throw tooMuch();
      await vscode.commands.executeCommand(commands.openTask, { taskId: only });
    });
    throwRefused(await tryEach(shown, (one) => approveShown(queue, one.task.id, [one], scope)));
  }

  /** Approves what was shown of a plan; without that, shows it first. */
  private async approvePlan(target: unknown, given?: ShownApproval): Promise<void> {
    const { queue } = await this.access.demand();
    demandTrust();
    const [batch] = batchIds(target);
    const id = batch ?? (await this.planOf(queue, target));
    try {
      if (given !== undefined) await queue.approveBatch(id, given);
      else {
        const shown = await readUnapproved(queue, id);
        const scope = await agree(shown, () => this.plans.show(id));
        await approveShown(queue, id, shown, scope);
      }
      this.plans.refresh(id);
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
    if (batch !== undefined) this.plans.refresh(batch);
  }
}

/**
 * Shows all that would start, and gives how far the approval goes.
 * @param showElsewhere where it is to be seen, and approved, if it is too long for a question
 * @throws CancellationError unless the person agrees
 */
async function agree(shown: readonly ShownRun[], showElsewhere: () => Promise<void>): Promise<ApprovalScope> {
  const lines = shown.flatMap((run) => shownRunLines(run, vscode.l10n));
  const [first] = shown;
  if (lines.length > mostLines || first === undefined) {
    await showElsewhere();
    throw new vscode.CancellationError();
  }
  const message =
    shown.length === 1
      ? vscode.l10n.t('Let “{0}” start?', nameOfTask(first.task))
      : vscode.l10n.t('Let {0} tasks start?', shown.length);
  const ways = labels.approvals(shown.some(({ task }) => task.origin.conversation !== undefined));
  const titles = ways.map(({ title }) => title);
  const detail = lines.join('\n');
  const answer = await vscode.window.showWarningMessage(message, { modal: true, detail }, ...titles);
  const way = ways.find(({ title }) => title === answer);
  if (!way) throw new vscode.CancellationError();
  return way.scope;
}

function tooMuch(): EditorRefusal {
  return new EditorRefusal(vscode.l10n.t('That is too much to be shown at once: approve them one by one.'));
}

function questionFor(title: string) {
  return { title, statuses: ['queued'], fits: isUnapproved } as const;
}
