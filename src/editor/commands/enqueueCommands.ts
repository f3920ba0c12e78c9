import * as path from 'node:path';
import * as vscode from 'vscode';
import { runsAnyCommand } from '../../config/plainCommand';
import { commands } from '../../contributions';
import { hasCommand, toolOf } from '../../core/config';
import type { Batch, Task } from '../../core/model';
import { warningIn, warningsOf } from '../../core/waiting';
import type { Script } from '../../scripts/scriptFile';
import { taskForScript } from '../../scripts/scriptTask';
import {
  idOfNamed,
  type NamedCommand,
  type SourceNote,
  toolOfNamed,
} from '../../scripts/sources/namedCommand';
import { tasksForNamedCommand } from '../../scripts/sources/namedCommandTask';
import { noteText } from '../../scripts/sources/sourceTexts';
import { folderOf, noScripts, pickScript, pickScriptFolder, targetOf } from '../pickers/scriptPicker';
import type { ChosenStream } from '../pickers/streamPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { ask, notBlank, payloadProblem } from '../shared/inputBox';
import { type Choice, type Divider, divider } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import { namedCommandIds, scriptFolders, scriptPaths } from '../shared/targets';
import { demandTrust } from '../shared/trust';
import type { EditorContext } from '../workspace/editorContext';
import { runNow } from '../workspace/runNow';
import { shownCommands } from '../workspace/shownSources';
import { environmentHere, shellHere } from '../workspace/terminalHere';
import { shownPath } from '../workspace/windowFolders';
import type { LoadedScripts } from '../workspace/workspaceScripts';
import { BlankAnswers } from './blankAnswers';
import type { NewTasks, Work } from './newTasks';
import type { PlainCommands } from './plainCommands';
import { ScriptArguments } from './scriptArguments';

/** Commands that add tasks to the queue. */
export class EnqueueCommands {
  private readonly args: ScriptArguments;
  private readonly blanks: BlankAnswers;

  constructor(
    private readonly editor: EditorContext,
    private readonly tasks: NewTasks,
    private readonly plain: PlainCommands,
  ) {
    this.args = new ScriptArguments(editor.context.workspaceState);
    this.blanks = new BlankAnswers(editor.context.workspaceState);
  }

  readonly handlers = {
    enqueue: (...given) => this.enqueue(given),
    enqueueFolder: (...given) => this.enqueueFolder(given),
    enqueueScript: (...given) => this.enqueueScript(given),
    runScript: (...given) => this.runScript(given),
  } satisfies CommandHandlers;

  private async enqueue(given: readonly unknown[]): Promise<Task | undefined> {
    const title = vscode.l10n.t('Enqueue');
    const known = await this.tasks.knownStream(given[0]);
    const work = await this.askForWork(known, known ? `${title}: ${known.name}` : title);
    const [task] = await this.tasks.add([work], known ?? (await this.tasks.askForStream(title)));
    return task;
  }

  private async enqueueScript(given: readonly unknown[]): Promise<Task[]> {
    const title = vscode.l10n.t('Enqueue Script');
    const scripts = await this.scripts(given, title);
    const known = await this.tasks.knownStream(given[2]);
    const works = await this.worksOf(scripts, title, isPicked(given));
    const label = scripts.length === 1 ? scripts[0]?.name : undefined;
    return this.tasks.add(works, known ?? (await this.tasks.askForStream(title)), label);
  }

  /** Queues all scripts of folders as a batch, those of subfolders excepted. */
  private async enqueueFolder(given: readonly unknown[]): Promise<Batch> {
    const title = vscode.l10n.t('Enqueue Folder');
    const known = await this.tasks.knownStream(undefined);
    const { scripts } = await this.editor.scripts.load();
    // Without a tool, nothing would know how to run it.
    const list = scripts.list().filter(({ tool }) => tool !== null);
    const folders = scriptFolders(...given);
    if (folders.length === 0) folders.push(await pickScriptFolder(title, list));
    const names = folders.map(shownPath).join(', ');
    const inside = list.filter(({ path }) => folders.includes(folderOf(path)));
    if (inside.length === 0)
      throw new EditorRefusal(vscode.l10n.t('{0}: no script in it can be run.', names));
    const works = await this.worksOf(inside, title, false);
    const chosen = known ?? (await this.tasks.askForStream(title));
    return this.tasks.addBatch(works, names, chosen);
  }

  private async runScript(given: readonly unknown[]): Promise<Task[]> {
    demandTrust();
    const title = vscode.l10n.t('Run Script');
    const loaded = await this.editor.scripts.load();
    const scripts = await this.scripts(given, title);
    for (const script of scripts) demandCommand(loaded, script);
    const works = await this.worksOf(scripts, title, isPicked(given));
    for (const script of scripts) if (!('source' in script)) await save(script, loaded);
    const workspace = await this.editor.access.open();
    const tasks: Task[] = [];
    for (const work of works) {
      const stream = await this.tasks.streamForRuns(workspace);
      const { id } = await this.tasks.put(workspace, stream, work);
      tasks.push(await runNow(workspace, id));
    }
    return tasks;
  }

  /** The given scripts and named commands; else the picked one. */
  private async scripts(given: readonly unknown[], title: string): Promise<(Script | NamedCommand)[]> {
    // This says why there can be no queue here, before anything is asked.
    await this.editor.access.openIfAny();
    const loaded = await this.editor.scripts.load();
    const paths = scriptPaths(...given);
    const ids = namedCommandIds(...given);
    if (paths.length + ids.length > 0) {
      const scripts = await Promise.all(paths.map((script) => loaded.scripts.read(script)));
      return [...scripts, ...ids.map((id) => namedCommandOf(loaded, id))];
    }
    const scripts = loaded.scripts.list();
    const named = shownCommands(loaded.scripts);
    if (scripts.length + named.length === 0) throw noScripts();
    const placeHolder = vscode.l10n.t('Select a script');
    return [await pickScript({ title, placeHolder, shelf: this.editor.shelf, scripts, named })];
  }

  /** Asks for the arguments of all scripts, one after the other, so that a dismissed question leaves none queued. */
  private async worksOf(
    scripts: readonly (Script | NamedCommand)[],
    title: string,
    asking: boolean,
  ): Promise<Work[]> {
    const works: Work[] = [];
    for (const script of scripts) works.push(...(await this.worksFor(script, title, asking)));
    return works;
  }

  /**
   * A task that runs `script`, with its arguments, or a named command, with its values; several for one that depends on
   * others.
   * @param asking whether the person is being asked anyway, so optional arguments are asked for too
   */
  private async worksFor(script: Script | NamedCommand, title: string, asking: boolean): Promise<Work[]> {
    if ('source' in script) {
      const { scripts } = await this.editor.scripts.load();
      const folder = scripts.folderOf(script.path).path;
      const answers = await this.blanks.askFor(script, folder, title);
      await this.editor.shelf.note(script);
      return tasksForNamedCommand(script, answers, {
        workspace: folder,
        shell: shellHere(),
        env: environmentHere(folder),
        shownFolder: (cwd) => (path.isAbsolute(cwd) ? shownPath(cwd) : cwd),
      });
    }
    const work = taskForScript(script, await this.args.askFor(script, title, asking));
    await this.editor.shelf.note(script);
    return [work];
  }

  /** Asks for a script, a named command or a tool, and for what it needs. */
  async askForWork(stream: ChosenStream | undefined, title: string): Promise<Work> {
    const { config: source, scripts } = await this.editor.scripts.load();
    const config = source.current();
    const choices: (Choice<string> | Divider)[] = [];
    const others = Object.entries(config.tools).filter(([, tool]) => tool.input !== 'script');
    if (others.length > 0) choices.push(divider(vscode.l10n.t('tools')));
    for (const [name, tool] of others) {
      const description = tool.command ? undefined : vscode.l10n.t('for an outside worker');
      choices.push({
        label: name,
        description,
        detail: tool.description ?? undefined,
        iconPath: new vscode.ThemeIcon('tools'),
        value: name,
      });
    }
    const chosen = await pickScript({
      title,
      placeHolder: vscode.l10n.t('What should be done?'),
      shelf: this.editor.shelf,
      scripts: scripts.list(),
      // What is several tasks has a command of its own.
      named: shownCommands(scripts).filter(({ chain }) => chain === undefined),
      others: choices,
    });
    if (typeof chosen !== 'string') {
      const [work] = await this.worksFor(chosen, title, true);
      if (work !== undefined) return work;
      throw new EditorRefusal(vscode.l10n.t('{0} is no longer there.', chosen.name));
    }
    if (runsAnyCommand(toolOf(config, chosen))) return this.plain.askForWork(title);
    const runnable = hasCommand(config, chosen);
    // Of a stream that is yet to be chosen, nothing is known; a message says it afterwards.
    const notes = stream
      ? warningsOf({ tool_name: chosen, runnable, stream }).map((warning) => warningIn(warning, vscode.l10n))
      : [];
    return toolOf(config, chosen)?.input === 'payload-stdin'
      ? { tool_name: chosen, payload: await askForPayload(title, notes) }
      : { tool_name: chosen, prompt: await askForPrompt(title, notes) };
  }
}

/** Whether none was given, so that the person picks one. */
function isPicked(given: readonly unknown[]): boolean {
  return scriptPaths(...given).length + namedCommandIds(...given).length === 0;
}

function namedCommandOf({ scripts }: LoadedScripts, id: string): NamedCommand {
  const named = scripts.namedCommand(id);
  if (named !== undefined) return named;
  const isMeant = ({ source, path, values }: SourceNote) =>
    idOfNamed({ source, path, name: values.name ?? '' }) === id;
  const note = scripts.notes().find(isMeant);
  throw new EditorRefusal(note ? noteText(note, vscode.l10n) : vscode.l10n.t('{0} is no longer there.', id));
}

/** Refuses what could only fail. */
function demandCommand({ config }: LoadedScripts, script: Script | NamedCommand): void {
  const tool = 'source' in script ? toolOfNamed(script) : script.tool;
  const enqueue = {
    title: vscode.l10n.t('Enqueue'),
    command: commands.enqueueScript,
    arguments: [targetOf(script)],
  };
  if ('source' in script && script.chain !== undefined)
    throw new EditorRefusal(
      vscode.l10n.t('{0} is several tasks, which wait for each other: enqueue it.', script.name),
      enqueue,
    );
  // Without a tool it cannot be queued either, which says why.
  if (tool === null || hasCommand(config.current(), tool)) return;
  throw new EditorRefusal(
    vscode.l10n.t('{0} is for an outside worker: the tool {1} has no command here.', script.name, tool),
    enqueue,
  );
}

function askForPrompt(title: string, notes: readonly string[]): Promise<string> {
  return ask({
    title,
    prompt: [vscode.l10n.t('The prompt'), ...notes].join('. '),
    problem: notBlank(vscode.l10n.t('Enter a prompt.')),
  });
}

function askForPayload(title: string, notes: readonly string[]): Promise<string> {
  return ask({
    title,
    prompt: [vscode.l10n.t('The payload as a JSON object'), ...notes].join('. '),
    value: '{}',
    problem: payloadProblem,
  });
}

/** Saves unsaved changes, so that what runs is what the person sees. */
async function save(script: Script, { scripts }: LoadedScripts): Promise<void> {
  const file = vscode.Uri.file(scripts.absolutePath(script.path)).toString();
  const open = vscode.workspace.textDocuments.find(({ uri, isDirty }) => isDirty && uri.toString() === file);
  await open?.save();
}
