import * as vscode from 'vscode';
import type { Task } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue } from '../../core/queue';
import { pickStreamOrNew } from '../pickers/streamPicker';
import { onTasks, someTasks } from '../pickers/taskPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { throwRefused, tryEach } from '../shared/eachTask';
import { showTaskWarnings } from '../shared/taskWarnings';
import { inOrder } from '../views/queue/dropTarget';
import type { QueueAccess } from '../workspace/queueAccess';
import { stepsFor } from './moveSteps';

/** Commands that change when a queued task runs: move and park. */
export class MoveCommands {
  constructor(private readonly access: QueueAccess) {}

  readonly handlers = {
    moveUp: (...given) => this.step(given, vscode.l10n.t('Move Up'), -1),
    moveDown: (...given) => this.step(given, vscode.l10n.t('Move Down'), 1),
    moveToStream: (...given) => this.moveToStream(given),
    park: (...given) => this.park(given),
    unpark: (...given) => this.unpark(given),
  } satisfies CommandHandlers;

  private async step(given: readonly unknown[], title: string, by: -1 | 1): Promise<void> {
    const { queue } = await this.access.demand();
    const chosen = new Set(await someTasks(queue, given, { title, statuses: ['queued'] }));
    const found = await tryEach([...chosen], (id) => queue.getTask(id));
    const streams = new Set(found.done.map(({ stream_id }) => stream_id));
    const orders = await Promise.all([...streams].map((stream) => orderOf(queue, stream)));
    const steps = orders.flatMap((order) => stepsFor(order, chosen, by));
    throwRefused(found, await tryEach(steps, ({ id, move }) => queue.moveTask(id, move)));
  }

  private async moveToStream(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Move to Stream');
    const ids = await someTasks(queue, given, { title, statuses: ['queued'] });
    const stream = await (await pickStreamOrNew(queue, { title })).in(queue);
    const found = await tryEach(ids, (id) => queue.getTask(id));
    // Selected rows are in the order of the clicks.
    const moved = await tryEach(
      inOrder(found.done).map(({ id }) => id),
      (id) => queue.moveTask(id, { stream: stream.id, to: 'back' }),
    );
    showTaskWarnings(queue, moved.done);
    throwRefused(found, moved);
  }

  private async park(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const fits = ({ parked }: Task) => !parked;
    const question = { title: vscode.l10n.t('Park'), statuses: ['queued'], fits } as const;
    await onTasks(queue, given, question, (id) => queue.parkTask(id));
  }

  private async unpark(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const fits = ({ parked }: Task) => parked;
    const question = { title: vscode.l10n.t('Unpark'), statuses: ['queued'], fits } as const;
    showTaskWarnings(queue, await onTasks(queue, given, question, (id) => queue.unparkTask(id)));
  }
}

async function orderOf(queue: Queue, stream: string): Promise<string[]> {
  const filter = { stream, status: 'queued', order: 'position' } as const;
  return (await everything((page) => queue.listTasks({ ...page, ...filter }))).map(({ id }) => id);
}
