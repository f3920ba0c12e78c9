import { execFile } from 'node:child_process';
import * as path from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { backgroundOf } from '../../client/background';
import { readWorkLeft } from '../../client/workLeft';
import { settings } from '../../contributions';
import { Coalescer } from '../../core/coalescer';
import type { Log } from '../../core/log';
import { mergeVariables } from '../../system/environment';
import { awakeChoice } from '../counts/keepAwake';
import { askForFolder, type FolderAnswer } from '../shared/folderAnswer';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import { type BackgroundChoice, backgroundDecision } from './backgroundDecision';

const answerKey = 'background';
/** Milliseconds from a change of the queue until it is looked at, and between two looks. Short work is over by then. */
const pace = 3_000;

/**
 * Has a process of its own wait for this window to end, while there is work that may outlast it: a window that closes can
 * neither ask nor start anything. The process waits as a client of this window, and ends when nothing is left to do.
 */
export class BackgroundWork {
  private readonly looking = new Coalescer(() => this.look(), { delay: pace, gap: pace });
  /** Closing the question answers nothing: it comes again in the next window. */
  private asked = false;
  /** The setting that a process was started with has changed. */
  private outdated = false;

  constructor(
    private readonly workspace: OpenWorkspace,
    private readonly memory: vscode.Memento,
    /** The dist folder. */
    private readonly programs: string,
    private readonly log: Log,
    /** Of the server that has the queue, if VS Code keeps one. */
    private readonly password: () => Promise<string | undefined>,
  ) {}

  register(): vscode.Disposable {
    const look = () => this.looking.request();
    const unsubscribe = this.workspace.queue.subscribe(({ type }) => {
      if (type !== 'task.progress') look();
    });
    look();
    return vscode.Disposable.from(
      { dispose: unsubscribe },
      { dispose: () => this.looking.stop() },
      vscode.workspace.onDidGrantWorkspaceTrust(look),
      vscode.workspace.onDidChangeConfiguration((event) => {
        this.outdated ||= event.affectsConfiguration(settings.keepAwake);
        if (this.outdated || event.affectsConfiguration(settings.background)) look();
      }),
    );
  }

  private async look(): Promise<void> {
    const { queue, storage } = this.workspace;
    const choice = vscode.workspace.getConfiguration().get<BackgroundChoice>(settings.background, 'ask');
    const present = backgroundOf(storage);
    const replaces = this.outdated && present?.while_work === true;
    this.outdated = false;
    if (!vscode.workspace.isTrusted || choice === 'never' || (present !== null && !replaces)) return;
    try {
      const answer = this.memory.get<FolderAnswer>(answerKey);
      const decision = backgroundDecision(choice, answer, await readWorkLeft(queue, null), replaces);
      if (decision === 'start') await this.start();
      if (decision === 'ask') this.ask();
    } catch (error) {
      this.log.error('No process could be started that goes on with the queue', error);
    }
  }

  private ask(): void {
    if (this.asked) return;
    this.asked = true;
    void this.question().catch((error) => this.log.error('The question about the background failed', error));
  }

  private async question(): Promise<void> {
    const answer = await askForFolder(this.memory, answerKey, {
      question: vscode.l10n.t(
        'Go on with what is queued here when this window is closed? A process in the background does, until nothing is left to do. You are asked once for this folder.',
      ),
      yes: vscode.l10n.t('Go On'),
      no: vscode.l10n.t("Don't Go On"),
    });
    if (answer !== undefined) this.looking.request();
  }

  private async start(): Promise<void> {
    const program = path.join(this.programs, 'cli.js');
    const workspace = this.workspace.folder.uri.fsPath;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [program, '--workspace', workspace, 'up', '--while-work', '--keep-awake', awakeChoice()],
      { env: environment(this.workspace.storage, await this.password()), windowsHide: true },
    );
    this.log.info(stdout.trim());
  }
}

/**
 * The editor's own, without what ties a process to this window.
 * @param password of the server of the queue, which the process cannot ask VS Code for
 */
function environment(storage: string, password: string | undefined): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_|SPARKQ_(URL|TOKEN|TRUST)$|NODE_OPTIONS$)/i.test(name),
  );
  const secret: Record<string, string> = password && !process.env.PGPASSWORD ? { PGPASSWORD: password } : {};
  const ours = { ELECTRON_RUN_AS_NODE: '1', SPARKQ_STORAGE: storage };
  return mergeVariables(Object.fromEntries(kept), ours, secret);
}
