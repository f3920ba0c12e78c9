import * as vscode from 'vscode';
import { commands } from '../../contributions';
import type { Log } from '../../core/log';
import type { Task } from '../../core/model';
import { oneLine } from '../../core/plainText';
import { nameOfTask } from '../../core/taskName';
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
      const scripts = loaded.scripts
        .list()
        .map(({ path, description }) => ({ enqueue: path, detail: description }));
      const named = shownCommands(loaded.scripts).map((one) => ({
        enqueue: idOfNamed(one),
        detail: commandLine(one),
      }));
      return [...scripts, ...named].map(({ enqueue, detail }) => {
        const task = taskFor(
          { type: taskType, enqueue },
          loaded.folder,
          vscode.l10n.t('enqueue {0}', enqueue),
        );
        task.detail = detail ?? undefined;
        return task;
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
  const execution = new vscode.CustomExecution(async (resolved) => enqueueTerminal(resolved as Definition));
  const task = new vscode.Task(definition, scope, name, 'sparkq', execution);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Silent };
  return task;
}

/** Queues when it is opened, says what it queued, and ends. */
function enqueueTerminal({ enqueue, stream }: Definition): vscode.Pseudoterminal {
  const written = new vscode.EventEmitter<string>();
  const closed = new vscode.EventEmitter<number>();
  return {
    onDidWrite: written.event,
    onDidClose: closed.event,
    close: () => {},
    open: async () => {
      const target = isNamed(enqueue) ? { namedCommand: enqueue } : { scriptPath: enqueue };
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

function isNamed(enqueue: string): boolean {
  return sourceNames.some((source) => enqueue.startsWith(`${source}:`));
}
