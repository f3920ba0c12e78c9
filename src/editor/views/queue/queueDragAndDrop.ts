import * as vscode from 'vscode';
import { commands, views } from '../../../contributions';
import type { Task } from '../../../core/model';
import type { CommandRegistry } from '../../shared/commandRegistry';
import { each } from '../../shared/eachTask';
import type { QueueAccess } from '../../workspace/queueAccess';
import { type DropTarget, dropTarget, inOrder, moveFor } from './dropTarget';
import type { QueueNode } from './queueNodes';

/** VS Code's name for the rows of a view. */
const rowsMime = `application/vnd.code.tree.${views.queue.toLowerCase()}`;
/** Files, from the Explorer, the Scripts view or anywhere else. */
const filesMime = 'text/uri-list';

/** Lets people drag queued tasks within the Queue view, and drop files on it. */
export class QueueDragAndDrop implements vscode.TreeDragAndDropController<QueueNode> {
  readonly dragMimeTypes = [rowsMime];
  readonly dropMimeTypes = [rowsMime, filesMime];

  constructor(
    private readonly access: QueueAccess,
    private readonly commands: CommandRegistry,
  ) {}

  handleDrag(rows: readonly QueueNode[], data: vscode.DataTransfer): void {
    const tasks = rows.flatMap((row) =>
      row.kind === 'task' && row.task.status === 'queued' ? [row.task] : [],
    );
    const ids = inOrder(tasks).map(({ id }) => id);
    data.set(rowsMime, new vscode.DataTransferItem(JSON.stringify(ids)));
  }

  async handleDrop(target: QueueNode | undefined, data: vscode.DataTransfer): Promise<void> {
    await this.commands.run('drop', async () => {
      const rows = await data.get(rowsMime)?.asString();
      if (rows) return this.moveTasks(target, JSON.parse(rows) as string[]);
      const files = await data.get(filesMime)?.asString();
      if (files) return this.enqueueFiles(target, files);
    });
  }

  private async moveTasks(target: QueueNode | undefined, ids: readonly string[]): Promise<void> {
    const drop = dropTarget(target, ids);
    if (drop) await this.moveTo(drop, ids);
  }

  private async enqueueFiles(target: QueueNode | undefined, list: string): Promise<void> {
    const drop = dropTarget(target);
    const files = urisOf(list);
    if (!drop || files.length === 0) return;
    const tasks = await vscode.commands.executeCommand<Task[] | undefined>(
      commands.enqueueScript,
      files[0],
      files,
      { streamId: drop.streamId },
    );
    if (tasks && drop.side !== 'back') {
      await this.moveTo(
        drop,
        tasks.map(({ id }) => id),
      );
    }
  }

  private async moveTo(drop: DropTarget, ids: readonly string[]): Promise<void> {
    const { queue } = await this.access.demand();
    let last: string | undefined;
    await each(ids, async (id) => {
      await queue.moveTask(id, moveFor(drop, last));
      last = id;
    });
  }
}

function urisOf(list: string): vscode.Uri[] {
  const lines = list.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => vscode.Uri.parse(line));
}
