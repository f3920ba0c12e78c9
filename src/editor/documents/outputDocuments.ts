import * as vscode from 'vscode';
import { messageOf } from '../../core/errors';
import { gitStoryOf } from '../../core/gitStory';
import type { Log } from '../../core/log';
import type { TaskDetail } from '../../core/model';
import { type OutputWatch, outputNames, type Queue } from '../../core/queue';
import { findReferences } from '../../pages/taskPage/fileReferences';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import type { QueueAccess } from '../workspace/queueAccess';
import { gitHere } from '../workspace/taskFacts';
import { existingFile, foldersOf } from './namedFiles';
import { layOutOutput, type OutputSection, readSection } from './outputText';

const scheme = 'sparkq-output';

/** A document shows at most the last this many bytes of each stream: more makes the editor slow. */
const shownBytes = 2 * 1024 * 1024;

/** Milliseconds between two reads of a running task's document. */
const refreshInterval = 500;
/** From this many lines on, four times as long: all lines are sent and compared. */
const manyLines = 10_000;

/** Shows the output of tasks as read-only documents with folding and links, updated while the task runs. */
export class OutputDocuments
  implements vscode.TextDocumentContentProvider, vscode.FoldingRangeProvider, vscode.DocumentLinkProvider
{
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly folds = new Map<string, vscode.FoldingRange[]>();
  private readonly refreshes = new Map<string, NodeJS.Timeout>();
  /** By document, while its task runs. */
  private readonly watches = new Map<string, { watch: OutputWatch; attempt: number }>();

  constructor(
    private readonly access: QueueAccess,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.languages.registerFoldingRangeProvider({ scheme }, this),
      vscode.languages.registerDocumentLinkProvider({ scheme }, this),
      vscode.workspace.onDidCloseTextDocument((document) => this.forget(document.uri)),
      this.changed,
      this.access.whileOpen((workspace) => this.follow(workspace)),
    );
  }

  /** Opens the newest output of a task, or that of one attempt. */
  async show(taskId: string, attempt?: number): Promise<void> {
    const { queue } = await this.access.demand();
    const task = await queue.getTask(taskId);
    const document = await vscode.workspace.openTextDocument(uriOf(task, attempt));
    this.changed.fire(document.uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  /** What a task has printed, stdout first, what its check has last: the end of each, as in its document. */
  async textOf(taskId: string): Promise<string> {
    const { queue } = await this.access.demand();
    const task = await queue.getTask(taskId);
    const sections = await Promise.all(
      outputNames.map((stream) => this.readEnd(queue, task, stream, task.attempts)),
    );
    return sections.flatMap(({ parts }) => parts.map(({ text }) => text)).join('');
  }

  private follow({ queue }: OpenWorkspace): vscode.Disposable {
    // Restored documents, and those of the previous queue.
    this.refreshOpen();
    const unsubscribe = queue.subscribe((event) => {
      if (event.task_id || event.type === 'reset') this.refreshOpen(event.task_id);
    });
    return new vscode.Disposable(() => {
      unsubscribe();
      for (const timer of this.refreshes.values()) clearTimeout(timer);
      this.refreshes.clear();
      for (const key of [...this.watches.keys()]) this.unwatch(key);
    });
  }

  /**
   * Reads a task's document again, with a delay: a script may print many times a second.
   * @param taskId undefined: all documents
   */
  private refreshOpen(taskId?: string): void {
    for (const { uri, lineCount } of vscode.workspace.textDocuments) {
      if (uri.scheme !== scheme || this.refreshes.has(uri.toString())) continue;
      if (taskId !== undefined && taskOf(uri) !== taskId) continue;
      const wait = lineCount < manyLines ? refreshInterval : 4 * refreshInterval;
      const timer = setTimeout(() => {
        this.refreshes.delete(uri.toString());
        this.changed.fire(uri);
      }, wait);
      this.refreshes.set(uri.toString(), timer);
    }
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const id = taskOf(uri);
    try {
      const workspace = await this.access.existing();
      const { queue } = workspace;
      const task = await queue.getTask(id);
      const attempt = Number(new URLSearchParams(uri.query).get('attempt')) || task.attempts;
      this.watch(workspace, uri, task, attempt);
      const outputs = await Promise.all(
        outputNames.map((stream) => this.readEnd(queue, task, stream, attempt)),
      );
      const story = gitStoryOf(
        task,
        await queue.listAttempts(id),
        await gitHere(workspace, task.payload_json),
        attempt,
        vscode.l10n,
      );
      const laidOut = layOutOutput(task, attempt, outputs, story, vscode.l10n);
      this.folds.set(
        uri.toString(),
        laidOut.sections.map(({ start, end }) => new vscode.FoldingRange(start, end)),
      );
      return laidOut.text;
    } catch (error) {
      this.log.error(`The output of ${id} could not be read`, error);
      return vscode.l10n.t('Could not read the output of {0}: {1}', id, messageOf(error));
    }
  }

  provideFoldingRanges(document: vscode.TextDocument): vscode.FoldingRange[] {
    return this.folds.get(document.uri.toString()) ?? [];
  }

  async provideDocumentLinks(document: vscode.TextDocument): Promise<vscode.DocumentLink[]> {
    const folders = await this.foldersAt(document.uri);
    const targets = new Map<string, Promise<vscode.Uri | undefined>>();
    const links = findReferences(document.getText()).map(async (found) => {
      const known = targets.get(found.path) ?? existingFile(found.path, folders);
      targets.set(found.path, known);
      const file = await known;
      if (!file) return undefined;
      const range = new vscode.Range(found.line, found.start, found.line, found.end);
      return new vscode.DocumentLink(
        range,
        file.with({ fragment: `L${found.targetLine},${found.targetColumn}` }),
      );
    });
    return (await Promise.all(links)).filter((link) => link !== undefined);
  }

  /** The folders that file names in the output may be relative to; none for a deleted task. */
  private async foldersAt(uri: vscode.Uri): Promise<readonly string[]> {
    try {
      const workspace = await this.access.existing();
      return foldersOf(workspace, await workspace.queue.getTask(taskOf(uri)));
    } catch (error) {
      this.log.debug(`There are no links in the output of ${taskOf(uri)}: ${messageOf(error)}`);
      return [];
    }
  }

  private async readEnd(
    queue: Queue,
    task: TaskDetail,
    stream: OutputSection['name'],
    attempt: number,
  ): Promise<OutputSection> {
    if (attempt === 0) return { name: stream, parts: [], size: 0, dropped: null };
    return readSection(stream, shownBytes, (offset, limit) =>
      queue.readOutput(task.id, { stream, attempt, offset, limit }),
    );
  }

  /** Follows the output of a running attempt. Starts before it is read, so that nothing is missed. */
  private watch({ watchOutput }: OpenWorkspace, uri: vscode.Uri, task: TaskDetail, attempt: number): void {
    const key = uri.toString();
    const known = this.watches.get(key);
    if (task.status === 'running' && known?.attempt === attempt) {
      known.watch.watchNew();
      return;
    }
    this.unwatch(key);
    if (task.status !== 'running' || attempt === 0) return;
    const watch = watchOutput(task.id, attempt, () => {
      const open = vscode.workspace.textDocuments.some((document) => document.uri.toString() === key);
      if (open) this.refreshOpen(task.id);
    });
    this.watches.set(key, { watch, attempt });
  }

  private unwatch(key: string): void {
    this.watches.get(key)?.watch.dispose();
    this.watches.delete(key);
  }

  private forget(uri: vscode.Uri): void {
    this.folds.delete(uri.toString());
    this.unwatch(uri.toString());
  }
}

/** `sparkq-output:/tsk_0123456789ab/hello.log?attempt=1`: the last part is what the tab shows. */
function uriOf(task: TaskDetail, attempt?: number): vscode.Uri {
  const title = (task.label ?? task.tool_name).replace(/[/\\]/g, '-');
  return vscode.Uri.from({
    scheme,
    path: `/${task.id}/${title}.log`,
    query: attempt === undefined ? '' : `attempt=${attempt}`,
  });
}

function taskOf(uri: vscode.Uri): string {
  return uri.path.split('/')[1] ?? '';
}
