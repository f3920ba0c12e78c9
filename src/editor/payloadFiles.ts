import * as vscode from 'vscode';
import { fromInstant } from '../core/clock';
import type { ConfigSource } from '../core/config';
import { QueueError } from '../core/errors';
import type { QueueEvent } from '../core/events';
import type { Task } from '../core/model';
import type { Queue } from '../core/queue';
import { checkPayload } from '../core/validation';
import { findJsonProblem } from './jsonProblem';
import { Labels } from './labels';
import { payloadKindOf } from './payloadSchema';
import { sentencesOf } from './refusal';

const scheme = 'sparkq-payload';

/** Payloads of tasks as files: they open as JSON in an editor tab, and saving changes the queued task. */
export class PayloadFiles implements vscode.FileSystemProvider {
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changed.event;
  private readonly labels = new Labels(vscode.l10n);

  constructor(
    private readonly queue: Queue,
    private readonly config: ConfigSource,
  ) {}

  register(): vscode.Disposable {
    const unsubscribe = this.queue.subscribe((event) => this.onEvent(event));
    return vscode.Disposable.from(
      vscode.workspace.registerFileSystemProvider(scheme, this, { isCaseSensitive: true }),
      this.changed,
      { dispose: unsubscribe },
    );
  }

  async show(task: Task): Promise<void> {
    const name = this.labels.nameOf(task).replaceAll(/[/\\]/g, '-');
    // The folder says which schema fits: see `jsonValidation` in package.json.
    const kind = payloadKindOf(this.config.current(), task.tool_name);
    const uri = vscode.Uri.from({ scheme, path: `/${kind}/${task.id}/${name}.payload.json` });
    await vscode.window.showTextDocument(uri, { preview: true });
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const task = await this.queue.getTask(idOf(uri));
    return {
      type: vscode.FileType.File,
      ctime: fromInstant(task.created_at),
      mtime: fromInstant(task.updated_at),
      size: contentOf(task).byteLength,
      permissions: task.status === 'queued' ? undefined : vscode.FilePermission.Readonly,
    };
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return contentOf(await this.queue.getTask(idOf(uri)));
  }

  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const payload = new TextDecoder().decode(content);
    const place = findJsonProblem(payload);
    if (place) {
      throw refusal(
        vscode.l10n.t(
          'Line {0}, column {1}: this is no JSON. The task is as before.',
          place.line,
          place.column,
        ),
      );
    }
    try {
      checkPayload(payload, undefined);
      await this.queue.editTask(idOf(uri), { payload: JSON.stringify(JSON.parse(payload)) });
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

  private onEvent(event: QueueEvent): void {
    const open = vscode.workspace.textDocuments
      .filter(({ uri }) => uri.scheme === scheme && idOf(uri) === event.task_id)
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

/** Indented for reading; text that is no JSON, which other programs may have stored, as it is. */
function contentOf(task: Task): Uint8Array {
  const text = task.payload_json === null ? task.payload : JSON.stringify(task.payload_json, null, 2);
  return new TextEncoder().encode(`${text}\n`);
}
