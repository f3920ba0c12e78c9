import * as vscode from 'vscode';
import type { OutputDocuments } from '../documents/outputDocuments';
import type { PayloadFiles } from '../documents/payloadFiles';
import { oneTask, someTasks } from '../pickers/taskPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import type { QueueAccess } from '../workspace/queueAccess';

/** Commands that open or copy parts of a task. */
export class TaskCommands {
  constructor(
    private readonly access: QueueAccess,
    private readonly outputs: OutputDocuments,
    private readonly payloads: PayloadFiles,
  ) {}

  readonly handlers: CommandHandlers = {
    showOutput: (...given) => this.showOutput(given),
    editPayload: (...given) => this.editPayload(given),
    copyTaskId: (...given) => this.copyId(given),
  };

  private async showOutput(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const task = await oneTask(queue, given, {
      title: vscode.l10n.t('Show Output'),
      statuses: ['running', 'failed', 'succeeded'],
      fits: ({ attempts }) => attempts > 0,
    });
    await this.outputs.show(task.id);
  }

  private async editPayload(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Edit Payload');
    await this.payloads.show(await oneTask(queue, given, { title, statuses: ['queued'] }));
  }

  private async copyId(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.access.demand();
    const title = vscode.l10n.t('Copy Task ID');
    const statuses = ['running', 'queued', 'failed', 'succeeded'] as const;
    const ids = await someTasks(queue, given, { title, statuses });
    await vscode.env.clipboard.writeText(ids.join('\n'));
  }
}
