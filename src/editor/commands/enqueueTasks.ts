import * as vscode from 'vscode';
import { commands, type NamedCommandTarget, type ScriptTarget } from '../../contributions';
import type { Log } from '../../core/log';
import type { Task } from '../../core/model';
import { oneLine } from '../../core/plainText';
import { nameOfTask } from '../../core/taskName';
import { absoluteIn } from '../../scripts/scriptFolders';
import { idOfNamed, sourceNames } from '../../scripts/sources/namedCommand';
import { commandLine } from '../../scripts/sources/sourceTexts';
import { shownCommands } from '../workspace/shownSources';
import type { WorkspaceScripts } from '../workspace/workspaceScripts';

/** A task of VS Code that queues a task of ours, in its list of tasks and in tasks.json. */
interface Definition extends vscode.TaskDefinition {
  /** The path of a script, or the id of a named command. */
  enqueue: string;
  /** The name of a stream; without it, the person is asked. */
  stream?: string;
}

const taskType = 'sparkq';

/** Lists everything that can be queued in "Run Task". */
export class EnqueueTasks implements vscode.TaskProvider {
  constructor(
    private readonly scripts: WorkspaceScripts,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    return vscode.tasks.registerTaskProvider(taskType, this);
  }

  async provideTasks(): Promise<vscode.Task[]> {
    try {
      const loaded = await this.scripts.loadIfFolder();
      if (!loaded) return [];
      return loaded.scripts.all().flatMap((one) => {
        // As tasks.json of this folder names it.
        const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(one.path)) ?? loaded.folder;
        const scripts = one.list().map(({ path, description }) => ({
          enqueue: one.shortened(path),
          detail: description,
        }));
        const named = shownCommands(one).map((command) => ({
          enqueue: idOfNamed({ ...command, path: one.shortened(command.path) }),
          detail: commandLine(command),
        }));
        return [...scripts, ...named].map(({ enqueue, detail }) => {
          const name = vscode.l10n.t('enqueue {0}', enqueue);
          const task = taskFor({ type: taskType, enqueue }, folder, name);
          task.detail = detail ?? undefined;
          return task;
        });
      });
    } catch (error) {
      this.log.error('Could not list what can be queued as tasks of VS Code', error);
      return [];
    }
  }

  /** A task of tasks.json: VS Code wants the very definition back. */
  resolveTask({ definition, scope, name }: vscode.Task): vscode.Task | undefined {
    if (typeof definition.enqueue !== 'string') return undefined;
    return taskFor(definition as Definition, scope ?? vscode.TaskScope.Workspace, name);
  }
}

function taskFor(
  definition: Definition,
  scope: vscode.WorkspaceFolder | vscode.TaskScope,
  name: string,
): vscode.Task {
  const folder = typeof scope === 'object' ? scope : undefined;
  const execution = new vscode.CustomExecution(async (resolved) =>
    enqueueTerminal(resolved as Definition, folder),
  );
  const task = new vscode.Task(definition, scope, name, 'sparkq', execution);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Silent };
  return task;
}

/**
 * Queues when it is opened, says what it queued, and ends.
 * @param folder what the definition is relative to; by default the first one
 */
function enqueueTerminal(
  { enqueue, stream }: Definition,
  folder: vscode.WorkspaceFolder | undefined,
): vscode.Pseudoterminal {
  const written = new vscode.EventEmitter<string>();
  const closed = new vscode.EventEmitter<number>();
  return {
    onDidWrite: written.event,
    onDidClose: closed.event,
    close: () => {},
    open: async () => {
      const target = targetIn(enqueue, folder);
      const lane = stream === undefined ? undefined : { streamId: stream };
      // The command shows what goes wrong, and then answers undefined.
      const tasks = await vscode.commands.executeCommand<Task[] | undefined>(
        commands.enqueueScript,
        target,
        undefined,
        lane,
      );
      for (const task of tasks ?? []) {
        written.fire(`${oneLine(vscode.l10n.t('{0} is queued as {1}.', nameOfTask(task), task.id))}\r\n`);
      }
      closed.fire(tasks ? 0 : 1);
    },
  };
}

/** The argument of the command: paths are relative to the first folder, or absolute. */
function targetIn(
  enqueue: string,
  folder: vscode.WorkspaceFolder | undefined,
): NamedCommandTarget | ScriptTarget {
  const source = sourceNames.find((name) => enqueue.startsWith(`${name}:`));
  const file = source === undefined ? enqueue : enqueue.slice(source.length + 1);
  const placed = folder === undefined || folder.index === 0 ? file : absoluteIn(folder.uri.fsPath, file);
  return source === undefined ? { scriptPath: placed } : { namedCommand: `${source}:${placed}` };
}
