import * as vscode from 'vscode';
import { workedOn } from '../../client/streamWorkers';
import { settings } from '../../contributions';
import { hasCommand } from '../../core/config';
import type { Stream, Task } from '../../core/model';
import { askForFolder, type FolderAnswer } from '../shared/folderAnswer';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import { type StartWorkerChoice, startDecision } from './startDecision';

const answerKey = 'startWorker';

/** Has what a person queues here worked on, as far as they want that. */
export class WorkerStart {
  private asking = false;

  constructor(private readonly memory: vscode.Memento) {}

  /** Starts a worker of the stream for these new tasks, or asks whether to, once for each folder. */
  async afterEnqueue(workspace: OpenWorkspace, { id }: Stream, tasks: readonly Task[]): Promise<void> {
    const { queue, config } = workspace;
    const canRun = tasks.some(({ tool_name: tool }) => hasCommand(config.current(), tool));
    if (!vscode.workspace.isTrusted || !canRun) return;
    const stream = await queue.getStream(id);
    if (stream.working || (await workedOn(queue))(stream)) return;
    const choice = vscode.workspace.getConfiguration().get<StartWorkerChoice>(settings.startWorker, 'ask');
    const answer = this.memory.get<FolderAnswer>(answerKey);
    const decision = startDecision(choice, answer, stream.working_since !== null);
    if (decision === 'start' || (decision === 'ask' && (await this.ask())))
      await queue.updateStream(id, { working: true });
  }

  /** A question that is open already is not asked again; one that is closed is, the next time. */
  private async ask(): Promise<boolean> {
    if (this.asking) return false;
    this.asking = true;
    try {
      const answer = await askForFolder(this.memory, answerKey, {
        question: vscode.l10n.t('Start working on what is queued here? You are asked once for this folder.'),
        yes: vscode.l10n.t('Start Worker'),
        no: vscode.l10n.t("Don't Start"),
      });
      return answer === 'yes';
    } finally {
      this.asking = false;
    }
  }
}
