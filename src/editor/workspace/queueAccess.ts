import * as vscode from 'vscode';
import { commands, contextKeys, type QueueState } from '../../contributions';
import { ContextKey } from '../shared/contextKey';
import { EditorRefusal } from '../shared/refusal';
import type { OpenWorkspace } from './openWorkspace';
import type { WorkspaceOpener } from './workspaceOpener';

/**
 * Opens the queue of the first workspace folder: automatically if it exists, else when a command first needs one. Until
 * then, nothing is written.
 */
export class QueueAccess {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires after `state`, `failure` or `workspace` changed. */
  readonly onDidChange = this.changed.event;
  private readonly stateKey = new ContextKey<QueueState>(contextKeys.state);
  private opening: Promise<OpenWorkspace> | undefined;
  private closed = false;
  private currentState: QueueState = 'none';
  private currentFailure: unknown;
  private currentWorkspace: OpenWorkspace | undefined;

  constructor(
    private readonly folder: vscode.WorkspaceFolder | undefined,
    private readonly opener: WorkspaceOpener,
  ) {
    this.set(folder ? 'none' : vscode.workspace.workspaceFolders?.length ? 'virtual' : 'noFolder');
  }

  /** The folder whose queue is used: the first one, if it is on disk. */
  static firstFolder(): vscode.WorkspaceFolder | undefined {
    const [first] = vscode.workspace.workspaceFolders ?? [];
    return first?.uri.scheme === 'file' ? first : undefined;
  }

  get state(): QueueState {
    return this.currentState;
  }

  /** Why the last opening failed, while the state is `failed`. */
  get failure(): unknown {
    return this.currentFailure;
  }

  /** Undefined unless the state is `open`. */
  get workspace(): OpenWorkspace | undefined {
    return this.currentWorkspace;
  }

  /**
   * Calls `begin` with the open workspace, and with each one that opens later; what it returns is disposed when that
   * workspace closes.
   */
  whileOpen(begin: (workspace: OpenWorkspace) => vscode.Disposable): vscode.Disposable {
    let current: OpenWorkspace | undefined;
    let begun: vscode.Disposable | undefined;
    const follow = () => {
      if (this.workspace === current) return;
      begun?.dispose();
      current = this.workspace;
      begun = current && begin(current);
    };
    follow();
    return vscode.Disposable.from(this.onDidChange(follow), { dispose: () => begun?.dispose() });
  }

  /** Opens the queue if the folder has one. */
  async openExisting(): Promise<void> {
    if (this.currentWorkspace || !this.folder) return;
    if (this.opening || this.opener.hasQueue(this.folder)) await this.open();
  }

  /**
   * The folder's queue, for a document that belongs to it: none is created, and a failed opening is not repeated.
   * @throws why there is none
   */
  async existing(): Promise<OpenWorkspace> {
    if (this.currentState !== 'failed') await this.openExisting();
    if (this.workspace) return this.workspace;
    throw this.currentFailure ?? new EditorRefusal(vscode.l10n.t('No queue here'));
  }

  /**
   * The folder's queue, for a command that asks before it creates one; undefined if there is none yet.
   * @throws why there can be none, or why it cannot be opened
   */
  async openIfAny(): Promise<OpenWorkspace | undefined> {
    if (!this.folder) throw noFolder(this.currentState);
    await this.openExisting();
    return this.currentWorkspace;
  }

  /** The folder's queue, for a command on something in it: none is created. @throws why there is none */
  async demand(): Promise<OpenWorkspace> {
    const workspace = await this.openIfAny();
    if (workspace) return workspace;
    throw new EditorRefusal(vscode.l10n.t('This folder has no queue yet.'), {
      title: vscode.l10n.t('New Session'),
      command: commands.newSession,
    });
  }

  /** The open queue; created if there is none. @throws why it cannot be opened */
  async open(): Promise<OpenWorkspace> {
    if (this.closed) throw new vscode.CancellationError();
    if (this.currentWorkspace) return this.currentWorkspace;
    this.opening ??= this.openNow().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  /** Resolves when the queue is open, or cannot be opened; at once if it is not being opened. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.opening]);
  }

  /**
   * Closes the open queue, does `work` while this window has none open, and opens the one that the folder has then.
   * @throws what `work` throws, once a queue is open again
   */
  async reopen(work: () => Promise<void> = async () => {}): Promise<OpenWorkspace> {
    // A queue that is being opened is still the previous one.
    await this.settled();
    const before = this.currentWorkspace;
    const worked = Promise.resolve(before?.close()).then(work);
    this.opening = worked
      .catch(() => {})
      .then(() => this.openNow())
      .finally(() => {
        this.opening = undefined;
      });
    if (before) this.set('opening');
    const workspace = await this.opening;
    await worked;
    return workspace;
  }

  /** Opens the queue where it is now, if another process has moved it. */
  async follow(): Promise<void> {
    if (
      this.folder &&
      this.currentWorkspace &&
      this.opener.isElsewhere(this.folder, this.currentWorkspace.storage)
    )
      await this.reopen();
  }

  /** Opens the queue without the changes that its files lack. */
  async acceptLoss(): Promise<OpenWorkspace> {
    if (this.folder) await this.opener.acceptLoss(this.folder);
    return this.open();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.changed.dispose();
    await this.currentWorkspace?.close();
  }

  private async openNow(): Promise<OpenWorkspace> {
    if (!this.folder) throw noFolder(this.currentState);
    this.set('opening');
    try {
      const workspace = await this.opener.open(this.folder);
      if (this.closed) {
        await workspace.close();
        throw new vscode.CancellationError();
      }
      this.set('open', workspace);
      return workspace;
    } catch (error) {
      this.set('failed', undefined, error);
      throw error;
    }
  }

  private set(state: QueueState, workspace?: OpenWorkspace, failure?: unknown): void {
    this.currentState = state;
    this.currentWorkspace = workspace;
    this.currentFailure = failure;
    this.stateKey.set(state);
    if (!this.closed) this.changed.fire();
  }
}

function noFolder(state: QueueState): EditorRefusal {
  return state === 'virtual'
    ? new EditorRefusal(vscode.l10n.t('SparkQ needs a folder on disk to store its queue. Open one first.'))
    : new EditorRefusal(vscode.l10n.t('Open a folder first. Each folder has its own queue.'), {
        title: vscode.l10n.t('Open Folder'),
        command: 'vscode.openFolder',
      });
}
