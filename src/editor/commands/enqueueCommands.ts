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
import { defaultSession, pickStream } from '../pickers/streamPicker';
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
    const workspace = await this.editor.access.open();
    const title = vscode.l10n.t('Enqueue');
    const [streamId] = streamIds(given[0]);
    const stream =
      streamId === undefined
        ? await this.pickStream(workspace, title)
        : await workspace.queue.getStream(streamId);
    const work = await this.askForWork(workspace, stream, `${title}: ${stream.name}`);
    const task = await this.put(workspace, stream, work);
    showTaskWarnings(workspace.queue, [task]);
    return task;
  }

  private async enqueueScript(given: readonly unknown[]): Promise<Task[]> {
    const workspace = await this.editor.access.open();
    const title = vscode.l10n.t('Enqueue Script');
    const asking = scriptPaths(...given).length === 0;
    const scripts = await this.scripts(workspace, given, title);
    const [streamId] = streamIds(given[2]);
    const stream =
      streamId === undefined
        ? await this.pickStream(workspace, title)
        : await workspace.queue.getStream(streamId);
    const tasks: Task[] = [];
    for (const script of scripts)
      tasks.push(await this.put(workspace, stream, await this.workOf(script, title, asking)));
    showTaskWarnings(workspace.queue, tasks);
    return tasks;
  }

  private async runScript(given: readonly unknown[]): Promise<Task[]> {
    demandTrust();
    const workspace = await this.editor.access.open();
    const title = vscode.l10n.t('Run Script');
    const asking = scriptPaths(...given).length === 0;
    const scripts = await this.scripts(workspace, given, title);
    const tasks: Task[] = [];
    for (const script of scripts) {
      demandCommand(workspace, script);
      const work = await this.workOf(script, title, asking);
      await save(script, workspace);
      const { id } = await this.put(workspace, await this.streamForRuns(workspace), work);
      tasks.push(await runNow(workspace, id));
    }
    return tasks;
  }

  /** The given scripts; else the picked one. */
  private async scripts(
    workspace: OpenWorkspace,
    given: readonly unknown[],
    title: string,
  ): Promise<Script[]> {
    const paths = scriptPaths(...given);
    if (paths.length > 0) return Promise.all(paths.map((script) => this.scriptOf(workspace, script)));
    const list = workspace.scripts.list();
    if (list.length === 0) throw noScripts();
    const placeHolder = vscode.l10n.t('Select a script');
    return [await pickScript({ title, placeHolder, shelf: this.editor.shelf, scripts: list })];
  }

  /** A script of the catalogue, or any other file of the workspace that a tool can run. */
  private async scriptOf({ scripts, folder }: OpenWorkspace, script: string): Promise<Script> {
    return scripts.get(script) ?? readScript(folder.uri.fsPath, script);
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

  private async askForWork(workspace: OpenWorkspace, stream: Stream, title: string): Promise<Work> {
    const config = workspace.config.current();
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
      scripts: workspace.scripts.list(),
      others: choices,
    });
    if (typeof chosen !== 'string') return this.workOf(chosen, title, true);
    const runnable = hasCommand(config, chosen);
    const lane = { name: stream.name, skips: stream.skip_unrunnable };
    const notes = warningsOf({ tool_name: chosen, runnable, stream: lane }).map((warning) =>
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

  private pickStream(workspace: OpenWorkspace, title: string): Promise<Stream> {
    return pickStream(workspace.queue, { title, orNew: true, preferred: this.lastStream() });
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

/** Refuses a script that could only fail. */
function demandCommand({ config }: OpenWorkspace, script: Script): void {
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
async function save(script: Script, workspace: OpenWorkspace): Promise<void> {
  const file = vscode.Uri.joinPath(workspace.folder.uri, script.path).toString();
  const open = vscode.workspace.textDocuments.find(({ uri, isDirty }) => isDirty && uri.toString() === file);
  await open?.save();
}
