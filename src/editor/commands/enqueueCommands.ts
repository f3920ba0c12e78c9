import * as vscode from 'vscode';
import { commands } from '../../contributions';
import { hasCommand, toolOf } from '../../core/config';
import type { Stream, Task } from '../../core/model';
import { everything } from '../../core/paging';
import type { NewTask } from '../../core/queue';
import { warningIn, warningsOf } from '../../core/waiting';
import { readScript, type Script } from '../../scripts/scriptFile';
import { taskForScript } from '../../scripts/scriptTask';
import { noScripts, pickScript } from '../pickers/scriptPicker';
import { type ChosenStream, chosenStream, defaultSession, pickStreamOrNew } from '../pickers/streamPicker';
import type { CommandHandlers } from '../shared/commandRegistry';
import { ask, notBlank, payloadProblem } from '../shared/inputBox';
import { type Choice, type Divider, divider } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import { scriptPaths, streamIds } from '../shared/targets';
import { showTaskWarnings } from '../shared/taskWarnings';
import { demandTrust } from '../shared/trust';
import type { EditorContext } from '../workspace/editorContext';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import { runNow } from '../workspace/runNow';
import { gitHere } from '../workspace/taskFacts';
import type { LoadedScripts } from '../workspace/workspaceScripts';
import { ScriptArguments } from './scriptArguments';

/** The key of the last used stream in the workspace state. */
const lastStreamKey = 'lastStream';
/** The stream of "Run Script" until another one has been used. */
const scriptStream = 'scripts';

/** A new task without its stream. */
type Work = Omit<NewTask, 'stream'>;

/** Commands that add tasks to the queue. */
export class EnqueueCommands {
  private readonly args: ScriptArguments;

  constructor(private readonly editor: EditorContext) {
    this.args = new ScriptArguments(editor.context.workspaceState);
  }

  readonly handlers: CommandHandlers = {
    enqueue: (...given) => this.enqueue(given),
    enqueueScript: (...given) => this.enqueueScript(given),
    runScript: (...given) => this.runScript(given),
  };

  private async enqueue(given: readonly unknown[]): Promise<Task> {
    const title = vscode.l10n.t('Enqueue');
    const stream = await this.streamOf(given[0], title);
    const loaded = await this.editor.scripts.load();
    const work = await this.askForWork(loaded, stream, `${title}: ${stream.name}`);
    const workspace = await this.editor.access.open();
    const task = await this.put(workspace, await stream.in(workspace.queue), work);
    showTaskWarnings(workspace.queue, [task]);
    return task;
  }

  private async enqueueScript(given: readonly unknown[]): Promise<Task[]> {
    const title = vscode.l10n.t('Enqueue Script');
    const scripts = await this.scripts(given, title);
    const stream = await this.streamOf(given[2], title);
    const works = await this.worksOf(scripts, title, scriptPaths(...given).length === 0);
    const workspace = await this.editor.access.open();
    const lane = await stream.in(workspace.queue);
    const tasks: Task[] = [];
    for (const work of works) tasks.push(await this.put(workspace, lane, work));
    showTaskWarnings(workspace.queue, tasks);
    return tasks;
  }

  private async runScript(given: readonly unknown[]): Promise<Task[]> {
    demandTrust();
    const title = vscode.l10n.t('Run Script');
    const loaded = await this.editor.scripts.load();
    const scripts = await this.scripts(given, title);
    for (const script of scripts) demandCommand(loaded, script);
    const works = await this.worksOf(scripts, title, scriptPaths(...given).length === 0);
    for (const script of scripts) await save(script, loaded);
    const workspace = await this.editor.access.open();
    const tasks: Task[] = [];
    for (const work of works) {
      const { id } = await this.put(workspace, await this.streamForRuns(workspace), work);
      tasks.push(await runNow(workspace, id));
    }
    return tasks;
  }

  /** The given stream; else the chosen one, which need not exist yet: nothing is written until all has been asked. */
  private async streamOf(given: unknown, title: string): Promise<ChosenStream> {
    const [streamId] = streamIds(given);
    if (streamId !== undefined) {
      const { queue } = await this.editor.access.demand();
      return chosenStream(await queue.getStream(streamId));
    }
    const present = await this.editor.access.openIfAny();
    return pickStreamOrNew(present?.queue, { title, preferred: this.lastStream() });
  }

  /** The given scripts; else the picked one. */
  private async scripts(given: readonly unknown[], title: string): Promise<Script[]> {
    // This says why there can be no queue here, before anything is asked.
    await this.editor.access.openIfAny();
    const loaded = await this.editor.scripts.load();
    const paths = scriptPaths(...given);
    if (paths.length > 0) return Promise.all(paths.map((script) => scriptOf(loaded, script)));
    const list = loaded.scripts.list();
    if (list.length === 0) throw noScripts();
    const placeHolder = vscode.l10n.t('Select a script');
    return [await pickScript({ title, placeHolder, shelf: this.editor.shelf, scripts: list })];
  }

  /** Asks for the arguments of all scripts, one after the other, so that a dismissed question leaves none queued. */
  private async worksOf(scripts: readonly Script[], title: string, asking: boolean): Promise<Work[]> {
    const works: Work[] = [];
    for (const script of scripts) works.push(await this.workOf(script, title, asking));
    return works;
  }

  /**
   * A task that runs `script`, with its arguments.
   * @param asking whether the person is being asked anyway, so optional arguments are asked for too
   */
  private async workOf(script: Script, title: string, asking: boolean): Promise<Work> {
    const work = taskForScript(script, await this.args.askFor(script, title, asking));
    await this.editor.shelf.note(script);
    return work;
  }

  private async askForWork(
    { config: source, scripts }: LoadedScripts,
    stream: ChosenStream,
    title: string,
  ): Promise<Work> {
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
      others: choices,
    });
    if (typeof chosen !== 'string') return this.workOf(chosen, title, true);
    const runnable = hasCommand(config, chosen);
    const notes = warningsOf({ tool_name: chosen, runnable, stream }).map((warning) =>
      warningIn(warning, vscode.l10n),
    );
    return toolOf(config, chosen)?.input === 'payload-stdin'
      ? { tool_name: chosen, payload: await askForPayload(title, notes) }
      : { tool_name: chosen, prompt: await askForPrompt(title, notes) };
  }

  private async put(workspace: OpenWorkspace, stream: Stream, work: Work): Promise<Task> {
    const { task } = await workspace.queue.enqueue({
      ...work,
      stream: stream.id,
      git: await gitHere(workspace),
    });
    await this.editor.context.workspaceState.update(lastStreamKey, stream.id);
    return task;
  }

  private lastStream(): string | undefined {
    return this.editor.context.workspaceState.get<string>(lastStreamKey);
  }

  /** The last used stream, if it is active; else `scripts`, which is created if it is missing. */
  private async streamForRuns({ queue }: OpenWorkspace): Promise<Stream> {
    const streams = await everything((page) => queue.listStreams({ ...page, status: 'active' }));
    const last = this.lastStream();
    const known = streams.find(({ id }) => id === last) ?? streams.find(({ name }) => name === scriptStream);
    if (known) return known;
    const sessions = await everything((page) => queue.listSessions({ ...page, status: 'active' }));
    const session =
      sessions.find(({ name }) => name === defaultSession) ??
      (await queue.createSession({ name: defaultSession }));
    return queue.createStream({ session: session.id, name: scriptStream, skip_unrunnable: true });
  }
}

/** A script of the catalogue, or any other file of the workspace that a tool can run. */
async function scriptOf({ scripts, folder }: LoadedScripts, script: string): Promise<Script> {
  return scripts.get(script) ?? readScript(folder.uri.fsPath, script);
}

/** Refuses a script that could only fail. */
function demandCommand({ config }: LoadedScripts, script: Script): void {
  // Without a tool it cannot be queued either, which says why.
  if (script.tool === null || hasCommand(config.current(), script.tool)) return;
  throw new EditorRefusal(
    vscode.l10n.t(
      '{0} is for an outside worker: the tool {1} has no command here.',
      script.name,
      script.tool,
    ),
    {
      title: vscode.l10n.t('Enqueue'),
      command: commands.enqueueScript,
      arguments: [{ scriptPath: script.path }],
    },
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
async function save(script: Script, { folder }: LoadedScripts): Promise<void> {
  const file = vscode.Uri.joinPath(folder.uri, script.path).toString();
  const open = vscode.workspace.textDocuments.find(({ uri, isDirty }) => isDirty && uri.toString() === file);
  await open?.save();
}
