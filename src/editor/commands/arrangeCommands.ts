import * as vscode from 'vscode';
import { commands } from '../../contributions';
import { fromInstant, toInstant } from '../../core/clock';
import type { Task } from '../../core/model';
import { everything } from '../../core/paging';
import type { NewTask, Queue } from '../../core/queue';
import type { PayloadFiles } from '../documents/payloadFiles';
import type { OpenWorkspace } from '../queue/openWorkspace';
import type { QueueAccess } from '../queue/queueAccess';
import { gitHere } from '../queue/taskFacts';
import type { CommandRegistry } from '../shared/commandRegistry';
import { Labels } from '../shared/labels';
import { each, oneTask, someTasks, throwRefused, tryEach } from '../shared/manyTasks';
import { notify } from '../shared/notice';
import { pickStream } from '../shared/pickers';
import { inOrder } from '../views/dropping';
import { stepsFor } from './stepping';

const day = 24 * 60 * 60 * 1000;

/** Commands that rearrange what is queued, and copy it. */
export class ArrangeCommands {
  private readonly labels = new Labels(vscode.l10n);

  constructor(
    private readonly access: QueueAccess,
    private readonly commands: CommandRegistry,
    private readonly payloads: PayloadFiles,
  ) {}

  register(): vscode.Disposable {
    return this.commands.register({
      moveUp: (...given) => this.step(given, vscode.l10n.t('Move Up'), -1),
      moveDown: (...given) => this.step(given, vscode.l10n.t('Move Down'), 1),
      moveToStream: (...given) => this.moveToStream(given),
      park: (...given) => this.park(given),
      unpark: (...given) => this.unpark(given),
      duplicate: (...given) => this.duplicate(given),
      duplicateAndEdit: (...given) => this.duplicateAndEdit(given),
    });
  }

  private async step(given: readonly unknown[], title: string, by: -1 | 1): Promise<void> {
    const { queue } = await this.access.open();
    const chosen = new Set(await someTasks(queue, given, { title, statuses: ['queued'] }));
    const found = await tryEach([...chosen], (id) => queue.getTask(id));
    const streams = new Set(found.done.map(({ stream_id }) => stream_id));
    const orders = await Promise.all([...streams].map((stream) => orderOf(queue, stream)));
    const steps = orders.flatMap((order) => stepsFor(order, chosen, by));
    throwRefused(found, await tryEach(steps, ({ id, move }) => queue.moveTask(id, move)));
  }

  private async moveToStream(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.open();
    const title = vscode.l10n.t('Move to Stream');
    const ids = await someTasks(queue, given, { title, statuses: ['queued'] });
    const stream = await pickStream(queue, { title, orNew: true });
    const found = await tryEach(ids, (id) => queue.getTask(id));
    // Selected rows come in the order of the clicks.
    const moved = await tryEach(
      inOrder(found.done).map(({ id }) => id),
      (id) => queue.moveTask(id, { stream: stream.id, to: 'back' }),
    );
    throwRefused(found, moved);
  }

  private async park(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.open();
    const title = vscode.l10n.t('Park');
    const fits = ({ parked }: Task) => !parked;
    await each(await someTasks(queue, given, { title, statuses: ['queued'], fits }), (id) =>
      queue.parkTask(id),
    );
  }

  private async unpark(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.open();
    const title = vscode.l10n.t('Unpark');
    const fits = ({ parked }: Task) => parked;
    await each(await someTasks(queue, given, { title, statuses: ['queued'], fits }), (id) =>
      queue.unparkTask(id),
    );
  }

  private async duplicate(given: readonly unknown[]): Promise<Task[]> {
    const workspace = await this.access.open();
    const ids = await someTasks(workspace.queue, given, anyTask(vscode.l10n.t('Duplicate')));
    return each(ids, async (id) => {
      const { task } = await workspace.queue.enqueue(
        await copyOf(workspace, await workspace.queue.getTask(id)),
      );
      return task;
    });
  }

  /** The copy is parked until the person lets it go: no worker takes it while it is being edited. */
  private async duplicateAndEdit(given: readonly unknown[]): Promise<Task> {
    const workspace = await this.access.open();
    const { queue } = workspace;
    const original = await oneTask(queue, given, anyTask(vscode.l10n.t('Duplicate and Edit')));
    const copy = await copyOf(workspace, original);
    // Not due before it is parked: otherwise a worker might be quicker.
    const { task } = await queue.enqueue({ ...copy, not_before: toInstant(Date.now() + day) });
    await queue.parkTask(task.id);
    const parked = await queue.editTask(task.id, { not_before: copy.not_before ?? null });
    await this.payloads.show(parked);
    void this.offerToUnpark(parked);
    return parked;
  }

  private async offerToUnpark(task: Task): Promise<void> {
    const unpark = vscode.l10n.t('Unpark');
    const answer = await notify(
      'information',
      vscode.l10n.t('The copy of {0} stays parked while you edit it.', this.labels.nameOf(task)),
      unpark,
    );
    if (answer === unpark) await vscode.commands.executeCommand(commands.unpark, { taskId: task.id });
  }
}

function anyTask(title: string) {
  return { title, statuses: ['running', 'queued', 'failed', 'succeeded'] } as const;
}

async function orderOf(queue: Queue, stream: string): Promise<string[]> {
  const filter = { stream, status: 'queued', order: 'position' } as const;
  return (await everything((page) => queue.listTasks({ ...page, ...filter }))).map(({ id }) => id);
}

/** A new task that is to do the same; what a queued one waits for, its copy waits for as well. */
async function copyOf(workspace: OpenWorkspace, task: Task): Promise<NewTask> {
  const { stream_id: stream, tool_name, task_class, payload, timeout, max_attempts } = task;
  const waits = task.status === 'queued';
  const later = waits && task.not_before !== null && fromInstant(task.not_before) > Date.now();
  return {
    stream,
    tool_name,
    task_class,
    payload,
    timeout,
    max_attempts,
    label: task.label ?? undefined,
    after: waits ? task.after : [],
    after_policy: task.after_policy,
    not_before: later ? (task.not_before ?? undefined) : undefined,
    git: await gitHere(workspace),
  };
}
