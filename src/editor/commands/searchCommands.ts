import * as vscode from 'vscode';
import { commands, type PageTarget, views } from '../../contributions';
import { searchTasks } from '../pickers/taskSearchPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import type { QueueTree } from '../views/queue/queueTree';
import type { QueueAccess } from '../workspace/queueAccess';

/** Commands that find tasks of the queue and of its history. */
export class SearchCommands {
  constructor(
    private readonly access: QueueAccess,
    private readonly tree: QueueTree,
  ) {}

  readonly handlers = {
    searchTasks: (query) => this.search(query),
    clearFilter: () => this.tree.setFilter(undefined),
  } satisfies CommandHandlers;

  private async search(query: unknown): Promise<void> {
    const { queue } = await this.access.demand();
    // A view's title passes what it has selected.
    const text = typeof query === 'string' ? query : (this.tree.filterText ?? '');
    const answer = await searchTasks(queue, vscode.l10n.t('Find Tasks'), text);
    if ('filter' in answer) {
      this.tree.setFilter(answer.filter);
      await vscode.commands.executeCommand(`${views.queue}.focus`);
      return;
    }
    const target: PageTarget = { taskId: answer.taskId };
    await vscode.commands.executeCommand(commands.openTask, target);
  }
}
