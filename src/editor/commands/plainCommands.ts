import * as path from 'node:path';
import * as vscode from 'vscode';
import type { CommandTarget } from '../../contributions';
import type { Task } from '../../core/model';
import { relativePath } from '../../scripts/paths';
import { pickCommand } from '../pickers/commandPicker';
import type { ChosenStream } from '../pickers/streamPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { demandTrust } from '../shared/trust';
import { CommandHistory, type PastCommand } from '../workspace/commandHistory';
import { QueueAccess } from '../workspace/queueAccess';
import { environmentHere, shellHere } from '../workspace/terminalHere';
import { otherFolderOf, otherFolders } from '../workspace/windowFolders';
import type { NewTasks, Work } from './newTasks';

/** Commands that queue any command line. */
export class PlainCommands {
  private readonly history: CommandHistory;

  constructor(
    memory: vscode.Memento,
    private readonly tasks: NewTasks,
  ) {
    this.history = new CommandHistory(memory);
  }

  readonly handlers = {
    runCommand: (given) => this.run(given),
    rerunLast: () => this.rerunLast(),
  } satisfies CommandHandlers;

  /** Asks for a command. */
  async askForWork(title: string): Promise<Work> {
    const command = await pickCommand({ title, history: this.history.list(), folders: foldersHere() });
    return this.workOf(command);
  }

  private async run(given?: CommandTarget): Promise<Task | undefined> {
    demandTrust();
    const title = vscode.l10n.t('Run Command');
    const stream = await this.tasks.knownStream(undefined);
    const line = given?.commandLine?.trim();
    const work = line
      ? await this.workOf({ line, folder: foldersHere()[0] ?? '' })
      : await this.askForWork(title);
    return this.add(work, title, stream);
  }

  private async rerunLast(): Promise<Task | undefined> {
    demandTrust();
    const [last] = this.history.list();
    if (last === undefined) return this.run();
    const title = vscode.l10n.t('Rerun Last Command');
    const stream = await this.tasks.knownStream(undefined);
    return this.add(await this.workOf(last), title, stream);
  }

  private async add(work: Work, title: string, known: ChosenStream | undefined): Promise<Task | undefined> {
    const [task] = await this.tasks.add([work], known ?? (await this.tasks.askForStream(title)));
    return task;
  }

  private async workOf(command: PastCommand): Promise<Work> {
    await this.history.add(command);
    return workFor(command);
  }
}

/** One word is a program; everything else is a line for the shell. */
function workFor({ line, folder }: PastCommand): Work {
  const env = environmentHere(path.isAbsolute(folder) ? otherFolderOf(vscode.Uri.file(folder)) : undefined);
  const place = { ...(folder === '' ? {} : { cwd: folder }), env };
  if (!/\s/.test(line)) return { tool_name: 'run-command', payload: { argv: [line], ...place } };
  return { tool_name: 'run-shell', payload: { line, shell: shellHere(), ...place } };
}

/** The folder of the file in front, if it is in the window, the folder of the window that it is in, and all others. */
function foldersHere(): string[] {
  const roots = ['', ...otherFolders().map(({ uri }) => uri.fsPath)];
  const workspace = QueueAccess.firstFolder()?.uri.fsPath;
  const document = vscode.window.activeTextEditor?.document;
  if (workspace === undefined || document?.uri.scheme !== 'file') return roots;
  const own = path.dirname(document.uri.fsPath);
  const root = otherFolderOf(document.uri);
  const folder = root === undefined ? relativePath(workspace, own) : own;
  return folder === null ? roots : [...new Set([folder, root ?? '', ...roots])];
}
