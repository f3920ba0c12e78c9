import * as vscode from 'vscode';
import { fromInstant } from '../../core/clock';
import { messageOf, QueueError } from '../../core/errors';
import type { QueueEvent } from '../../core/events';
import type { Task } from '../../core/model';
import type { Queue } from '../../core/queue';
import { nameOfTask } from '../../core/taskName';
import { checkPayload } from '../../core/validation';
import { sentencesOf } from '../shared/refusal';
import type { QueueAccess } from '../workspace/queueAccess';
import { payloadKindOf } from './payloadSchema';

const scheme = 'sparkq-payload';

/**
 * Payloads of tasks as files: they open as JSON in an editor tab, and saving changes the queued task. They are there
 * from the start: a tab that a reload brings back is read before the queue is open, and waits for it.
 */
export class PayloadFiles implements vscode.FileSystemProvider {
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changed.event;
  private layOut: ((text: string) => string) | undefined;

  constructor(private readonly access: QueueAccess) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.workspace.registerFileSystemProvider(scheme, this, { isCaseSensitive: true }),
      this.changed,
      this.access.whileOpen(({ queue }) => {
        this.refreshOpen(() => true);
        return { dispose: queue.subscribe((event) => this.onEvent(event)) };
      }),
    );
  }

  async show(task: Task): Promise<void> {
    const name = nameOfTask(task).replaceAll(/[/\\]/g, '-');
    // The folder says which schema fits: see `jsonValidation` in package.json.
    const { config } = await this.access.open();
    const kind = payloadKindOf(config.current(), task.tool_name);
    const uri = vscode.Uri.from({ scheme, path: `/${kind}/${task.id}/${name}.payload.json` });
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const task = await this.taskOf(uri);
    return {
      type: vscode.FileType.File,
      ctime: fromInstant(task.created_at),
      mtime: fromInstant(task.updated_at),
      size: (await this.contentOf(task)).byteLength,
      permissions: task.status === 'queued' ? undefined : vscode.FilePermission.Readonly,
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.contentOf(await this.taskOf(uri));
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const payload = new TextDecoder().decode(content);
    const { findJsonProblem } = await import('../shared/jsonText');
    const problem = findJsonProblem(payload);
    if (problem) {
      throw refusal(
        vscode.l10n.t(
          'Line {0}, column {1}: Invalid JSON. The task was not changed.',
          problem.line,
          problem.column,
        ),
      );
    }
    const queue = await this.queueNow();
    try {
      checkPayload(payload, undefined);
      await queue.editTask(idOf(uri), { payload: payload.trim() });
    } catch (error) {
      throw QueueError.is(error) ? refusal(sentencesOf(error)) : error;
    }
  }

  watch(): vscode.Disposable {
    // Every change of the queue is heard anyway.
    return { dispose: () => {} };
  }

  readDirectory(): [] {
    return [];
  }

  createDirectory(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  delete(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  rename(uri: vscode.Uri): never {
    throw vscode.FileSystemError.NoPermissions(uri);
  }

  /** VS Code asks for the size before it reads. */
  private async contentOf({ payload }: Task): Promise<Uint8Array> {
    this.layOut ??= (await import('../shared/jsonText')).indentedOnce();
    return new TextEncoder().encode(`${this.layOut(payload)}\n`);
  }

  private async taskOf(uri: vscode.Uri): Promise<Task> {
    const queue = await this.queueNow();
    try {
      return await queue.getTask(idOf(uri));
    } catch (error) {
      if (QueueError.is(error) && error.code === 'not_found') throw vscode.FileSystemError.FileNotFound(uri);
      throw QueueError.is(error) ? refusal(sentencesOf(error)) : error;
    }
  }

  /** The queue, once it is open; none is made for this. */
  private async queueNow(): Promise<Queue> {
    try {
      return (await this.access.existing()).queue;
    } catch (error) {
      throw refusal(messageOf(error));
    }
  }

  private onEvent({ type, task_id }: QueueEvent): void {
    // Nobody knows what was missed before a reset.
    this.refreshOpen((uri) => type === 'reset' || idOf(uri) === task_id);
  }

  /** Has VS Code read open payloads again. */
  private refreshOpen(fits: (uri: vscode.Uri) => boolean): void {
    const open = vscode.workspace.textDocuments
      .filter(({ uri }) => uri.scheme === scheme && fits(uri))
      .map(({ uri }) => ({ type: vscode.FileChangeType.Changed, uri }));
    if (open.length > 0) this.changed.fire(open);
  }
}

function idOf(uri: vscode.Uri): string {
  return uri.path.split('/')[2] ?? '';
}

/** VS Code puts the message of this error at the end of its own. */
function refusal(message: string): vscode.FileSystemError {
  return new vscode.FileSystemError(message);
}
