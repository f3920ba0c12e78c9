import * as vscode from 'vscode';
import { payloadProblem } from '../../config/payloadProblem';
import { fromInstant } from '../../core/clock';
import { toolOf } from '../../core/config';
import { QueueError } from '../../core/errors';
import type { QueueEvent } from '../../core/events';
import type { Task } from '../../core/model';
import { nameOfTask } from '../../core/taskName';
import { decodeText } from '../../core/textBytes';
import { checkPayload } from '../../core/validation';
import { payloadWarning, warningIn } from '../../core/waiting';
import { EditorRefusal, explain } from '../shared/refusal';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import type { QueueAccess } from '../workspace/queueAccess';
import { payloadKindOf } from './payloadSchema';

const scheme = 'sparkq-payload';

/**
 * Payloads of tasks as files: they open as JSON in an editor tab, and saving one changes the queued task. Registered at
 * the start, because VS Code reads a restored tab before the queue is open.
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
    // The folder selects the schema: see `jsonValidation` in package.json.
    const { config } = await this.access.demand();
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
    // VS Code encodes as the setting files.encoding says.
    const payload = decodeText(content);
    if (payload === null) {
      throw new vscode.FileSystemError(
        vscode.l10n.t('The payload must be saved as UTF-8. The task was not changed.'),
      );
    }
    const { findJsonProblem } = await import('../shared/jsonText');
    const problem = findJsonProblem(payload);
    if (problem) {
      throw new vscode.FileSystemError(
        vscode.l10n.t(
          'Line {0}, column {1}: Invalid JSON. The task was not changed.',
          problem.line,
          problem.column,
        ),
      );
    }
    await this.withQueue(async ({ queue, config }) => {
      checkPayload(payload, undefined);
      const { tool_name: tool } = await queue.getTask(idOf(uri));
      const missing = payloadProblem(JSON.parse(payload), toolOf(config.current(), tool));
      if (missing) throw new EditorRefusal(warningIn(payloadWarning(missing, tool), vscode.l10n));
      await queue.editTask(idOf(uri), { payload: payload.trim() });
    });
  }

  watch(): vscode.Disposable {
    // Events of the queue say what changes.
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

  /** VS Code asks for the size before the content. */
  private async contentOf({ payload }: Task): Promise<Uint8Array> {
    this.layOut ??= (await import('../shared/jsonText')).indentedOnce();
    return new TextEncoder().encode(`${this.layOut(payload)}\n`);
  }

  private taskOf(uri: vscode.Uri): Promise<Task> {
    return this.withQueue(async ({ queue }) => {
      try {
        return await queue.getTask(idOf(uri));
      } catch (error) {
        throw QueueError.is(error, 'not_found') ? vscode.FileSystemError.FileNotFound(uri) : error;
      }
    });
  }

  /** Calls the queue as soon as it is open. VS Code appends the message of a FileSystemError to its own. */
  private async withQueue<T>(call: (workspace: OpenWorkspace) => Promise<T>): Promise<T> {
    try {
      return await call(await this.access.existing());
    } catch (error) {
      throw error instanceof vscode.FileSystemError ? error : new vscode.FileSystemError(explain(error));
    }
  }

  private onEvent({ type, task_id }: QueueEvent): void {
    // Anything may have changed before a reset.
    this.refreshOpen((uri) => type === 'reset' || idOf(uri) === task_id);
  }

  /** Makes VS Code read open payloads again. */
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
