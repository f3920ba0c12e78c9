import * as vscode from 'vscode';
import { asArgument, nameMark, withName } from '../../../client/nameMark';
import { type Batch, isBatchOver, leftOfBatch } from '../../../core/model';
import { everything } from '../../../core/paging';
import type { NewTaskOfMany, Queue } from '../../../core/queue';
import { relativePath } from '../../../scripts/paths';
import { wordsOf } from '../../../system/shellWords';
import type { CommandHandlers } from '../../shared/commandRegistry';
import { ask } from '../../shared/inputBox';
import { confirm } from '../../shared/notify';
import { choose } from '../../shared/quickPick';
import { EditorRefusal } from '../../shared/refusal';
import { batchIds, scriptPaths } from '../../shared/targets';
import { labels } from '../../shared/translatedLabels';
import { demandTrust } from '../../shared/trust';
import type { EditorContext } from '../../workspace/editorContext';
import { QueueAccess } from '../../workspace/queueAccess';
import { environmentHere } from '../../workspace/terminalHere';
import { otherFolderOf } from '../../workspace/windowFolders';
import type { NewTasks } from '../newTasks';

/** The key of the last command in the workspace state. */
const lastCommandKey = 'enqueueEachCommand';

/** Commands on batches, and those that queue one. */
export class BatchCommands {
  constructor(
    private readonly editor: EditorContext,
    private readonly tasks: NewTasks,
  ) {}

  readonly handlers = {
    cancelBatch: (...given) => this.cancel(given),
    retryBatch: (...given) => this.retry(given),
    enqueueEach: (...given) => this.enqueueEach(given),
  } satisfies CommandHandlers;

  private async cancel(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.editor.access.demand();
    const title = vscode.l10n.t('Cancel Rest of Batch');
    const batches = await someBatches(queue, given, title, (batch) => !isBatchOver(batch));
    const left = batches.reduce((sum, batch) => sum + leftOfBatch(batch), 0);
    await confirm(
      vscode.l10n.t('Cancel what is left of the batch?'),
      left === 1
        ? vscode.l10n.t('1 task is queued or running. What has finished stays.')
        : vscode.l10n.t('{0} tasks are queued or running. What has finished stays.', left),
      vscode.l10n.t('Cancel Tasks'),
    );
    for (const { id } of batches) await queue.cancelBatch(id);
  }

  private async retry(given: readonly unknown[]): Promise<void> {
    const { queue } = await this.editor.access.demand();
    const title = vscode.l10n.t('Retry Batch');
    const fits = ({ counts, stopped_at: stopped }: Batch) => counts.failed > 0 || stopped !== null;
    for (const { id } of await someBatches(queue, given, title, fits)) await queue.retryBatch(id);
  }

  /** Queues a command once for each file, as a batch. Names stay arguments: no shell reads them. */
  private async enqueueEach(given: readonly unknown[]): Promise<Batch | undefined> {
    demandTrust();
    const title = vscode.l10n.t('Enqueue Each File');
    const known = await this.tasks.knownStream(undefined);
    const files = await filesFor(given, title);
    const { workspaceState: memory } = this.editor.context;
    const line = await ask({
      title,
      prompt:
        files.length === 1
          ? vscode.l10n.t('The command for the file, with {0} for its name', nameMark)
          : vscode.l10n.t('The command for each of {0} files, with {1} for its name', files.length, nameMark),
      value: memory.get<string>(lastCommandKey) ?? '',
      placeHolder: `python fit.py ${nameMark}`,
      problem: commandProblem,
    });
    await memory.update(lastCommandKey, line);
    const stream = known ?? (await this.tasks.askForStream(title));
    const words = wordsOf(line) ?? [];
    const tasks: NewTaskOfMany[] = files.map((file) => {
      const folder = otherFolderOf(vscode.Uri.file(file));
      const argv = withName(words, nameOfFile(file, folder ?? QueueAccess.firstFolder()?.uri.fsPath));
      const place = { ...(folder === undefined ? {} : { cwd: folder }), env: environmentHere(folder) };
      return { tool_name: 'run-command', payload: { argv, ...place } };
    });
    return this.tasks.addBatch(tasks, line, stream);
  }
}

/** The given batches, else one that is chosen. */
async function someBatches(
  queue: Queue,
  given: readonly unknown[],
  title: string,
  fits: (batch: Batch) => boolean,
): Promise<Batch[]> {
  const ids = batchIds(...given);
  if (ids.length > 0) return Promise.all(ids.map((id) => queue.getBatch(id)));
  const batches = (await everything((page) => queue.listBatches(page))).filter(fits);
  if (batches.length === 0) throw new EditorRefusal(vscode.l10n.t('{0}: no matching batch.', title));
  const choices = batches.map((batch) => ({
    label: labels.batchName(batch),
    description: labels.batchStory(batch),
    value: batch,
  }));
  return [await choose(title, vscode.l10n.t('Select a batch'), choices)];
}

/** The given files, else those that the person opens. */
async function filesFor(given: readonly unknown[], title: string): Promise<string[]> {
  const files = scriptPaths(...given);
  if (files.length > 0) return files;
  const chosen = await vscode.window.showOpenDialog({
    title,
    canSelectMany: true,
    defaultUri: QueueAccess.firstFolder()?.uri,
  });
  if (!chosen) throw new vscode.CancellationError();
  return chosen.map(({ fsPath }) => fsPath);
}

/** As an argument of a command in a folder. */
function nameOfFile(file: string, folder: string | undefined): string {
  return asArgument((folder !== undefined && relativePath(folder, file)) || file);
}

function commandProblem(line: string): string | undefined {
  const words = wordsOf(line);
  if (words === null)
    return vscode.l10n.t('Enter a program and its arguments: no shell reads them, so no pipes or variables.');
  if (!words.some((word) => word.includes(nameMark)))
    return vscode.l10n.t('Put {0} where the name of the file goes.', nameMark);
  return undefined;
}
