import * as vscode from 'vscode';
import { settings } from '../../contributions';
import { toolOf } from '../../core/config';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import { isFinished, type Stream, type Task } from '../../core/model';
import { printable } from '../../core/plainText';
import type { Queue } from '../../core/queue';
import type { RunHandle } from '../../runner/activeRun';
import { transcribedRun } from '../../runner/transcript/transcribedRun';
import { errorOf } from '../shared/labels';
import type { OpenWorkspace } from '../workspace/openWorkspace';
import type { QueueAccess } from '../workspace/queueAccess';
import { AgentRunText, PlainRunText, type RunText } from './runText';

/** Which runs have a terminal. */
type TerminalChoice = 'always' | 'onFailure' | 'never';

/** Whether the panel has opened for a terminal of ours before, in the workspace state. */
const openedKey = 'terminalOpened';
/** Of a run that may fail, so many characters of its output are kept for its terminal. */
const keptOutput = 256 * 1024;

const bold = (text: string) => `\x1b[1m${text}\x1b[0m`;
const dim = (text: string) => `\x1b[2m${text}\x1b[0m`;
const oneLine = (text: string) => printable(text).split('\n', 1)[0] ?? '';
const ctrlC = '\x03';

/**
 * Shows runs live in terminals. A stream keeps its terminal for its next runs. The panel opens by itself for the first
 * run in a workspace only, and for a failed run where that is wanted: nobody can tell whether a person has hidden it.
 */
export class RunTerminals {
  private readonly terminals = new Set<RunTerminal>();

  constructor(
    private readonly access: QueueAccess,
    private readonly memory: vscode.Memento,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    return this.access.whileOpen((workspace) => {
      const unsubscribe = workspace.runner.onRun((run) => {
        this.begin(workspace, run).catch((error) =>
          this.log.error(`${run.task.id} could not be shown in a terminal`, error),
        );
      });
      return vscode.Disposable.from(
        { dispose: unsubscribe },
        { dispose: () => vscode.Disposable.from(...this.terminals).dispose() },
      );
    });
  }

  /** Brings the terminal of a run to the front; one that has none gets one. */
  async show(workspace: OpenWorkspace, run: RunHandle): Promise<void> {
    (await this.terminalOf(workspace, run)).show(false);
  }

  private async begin(workspace: OpenWorkspace, run: RunHandle): Promise<void> {
    const choice = vscode.workspace.getConfiguration().get<TerminalChoice>(settings.terminal);
    if (choice === 'always') {
      const terminal = await this.terminalOf(workspace, run);
      if (this.memory.get(openedKey)) return;
      await this.memory.update(openedKey, true);
      terminal.show(true);
    } else if (choice === 'onFailure') {
      const { task, output } = await endOf(run, await textOf(workspace, run));
      if (task.status !== 'failed' || task.failure_kind === 'cancelled') return;
      const terminal = await this.freeTerminal(workspace, run);
      terminal.showEnded(run, output, task);
      terminal.show(true);
    }
  }

  /** The terminal that shows a run; another one begins to. */
  private async terminalOf(workspace: OpenWorkspace, run: RunHandle): Promise<RunTerminal> {
    const text = await textOf(workspace, run);
    const present = [...this.terminals].find((terminal) => terminal.run === run);
    if (present) return present;
    const terminal = await this.freeTerminal(workspace, run);
    terminal.showRun(run, text);
    return terminal;
  }

  private async freeTerminal({ queue }: OpenWorkspace, run: RunHandle): Promise<RunTerminal> {
    const stream = await queue.getStream(run.task.stream_id);
    const own = [...this.terminals].filter(({ streamId }) => streamId === stream.id);
    return own.find((terminal) => terminal.take()) ?? (await soonFree(queue, own)) ?? this.open(stream);
  }

  private open(stream: Stream): RunTerminal {
    const terminal = new RunTerminal(stream.id, stream.name, this.log, () => this.terminals.delete(terminal));
    this.terminals.add(terminal);
    return terminal;
  }
}

/** A worker starts the next task on the queue's event, which comes just before the run itself ends. */
async function soonFree(queue: Queue, terminals: readonly RunTerminal[]): Promise<RunTerminal | undefined> {
  for (const terminal of terminals) {
    const { run } = terminal;
    if (run && isFinished(await queue.getTask(run.task.id))) await run.ended;
    if (terminal.take()) return terminal;
  }
  return undefined;
}

/** What makes the text of a run's terminal: of an agent, a transcript. */
async function textOf({ queue, config }: OpenWorkspace, { task, attempt }: RunHandle): Promise<RunText> {
  const { tools } = config.current();
  if (Object.values(tools).every(({ agent }) => agent === null)) return new PlainRunText();
  const attempts = await queue.listAttempts(task.id);
  const run = transcribedRun(task, attempts, attempt, (name) => toolOf(config.current(), name)?.agent);
  return run === null ? new PlainRunText() : new AgentRunText(run, vscode.l10n, vscode.env.language);
}

/** How a run ended, with the end of what is shown of its output. */
async function endOf(run: RunHandle, text: RunText): Promise<{ task: Task; output: string }> {
  let output = '';
  const stop = run.onOutput((piece) => {
    output = lastLines(`${output}${text.next(piece)}`);
  });
  try {
    const task = await run.ended;
    return { task, output: output + text.rest() };
  } finally {
    stop();
  }
}

/** The end of a text: whole lines, so that it does not begin within a control sequence. */
function lastLines(text: string): string {
  if (text.length <= keptOutput) return text;
  return text.slice(text.indexOf('\n', text.length - keptOutput) + 1).slice(-keptOutput);
}

/** A pseudoterminal that shows one run at a time. Ctrl+C stops the run; closing the terminal does not. */
class RunTerminal implements vscode.Pseudoterminal {
  private readonly written = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.written.event;
  private readonly terminal: vscode.Terminal;
  /** Output that came before the terminal was open. */
  private early: string[] | undefined = [];
  /** The run that is being shown. */
  run: RunHandle | undefined;
  private taken = true;
  private stopListening = () => {};

  constructor(
    readonly streamId: string,
    streamName: string,
    private readonly log: Log,
    private readonly closed: () => void,
  ) {
    this.terminal = vscode.window.createTerminal({
      name: `SparkQ: ${printable(streamName)}`,
      pty: this,
      iconPath: new vscode.ThemeIcon('list-ordered'),
      isTransient: true,
    });
  }

  show(preserveFocus: boolean): void {
    this.terminal.show(preserveFocus);
  }

  /** Reserves the terminal for a run; false if it is in use. */
  take(): boolean {
    if (this.taken) return false;
    this.taken = true;
    return true;
  }

  /** To be called once it is reserved. */
  showRun(run: RunHandle, text: RunText): void {
    this.run = run;
    this.writeTitle(run);
    this.stopListening = run.onOutput((piece) => this.writeLines(text.next(piece)));
    const end = (verdict: string) => {
      this.stopListening();
      this.writeLines(text.rest());
      this.finish(verdict);
    };
    run.ended.then(
      (task) => end(verdictOf(task)),
      (error) => end(`✘ ${messageOf(error)}`),
    );
  }

  /** As `showRun`, of a run that is over. */
  showEnded(run: RunHandle, output: string, task: Task): void {
    this.writeTitle(run);
    this.writeLines(output);
    this.finish(verdictOf(task));
  }

  open(): void {
    const early = this.early ?? [];
    this.early = undefined;
    for (const text of early) this.written.fire(text);
  }

  close(): void {
    this.stopListening();
    this.closed();
  }

  handleInput(data: string): void {
    if (data !== ctrlC || !this.run) return;
    this.write(dim(`${vscode.l10n.t('Stopping…')}\r\n`));
    this.run
      .cancel()
      .catch((error) => this.log.error(`The run could not be stopped from its terminal`, error));
  }

  dispose(): void {
    this.terminal.dispose();
  }

  private writeTitle({ task, attempt }: RunHandle): void {
    const again = attempt > 1 ? `, ${vscode.l10n.t('attempt {0}', attempt)}` : '';
    this.write(`${bold(oneLine(task.label ?? task.tool_name))} ${dim(`${task.id}${again}`)}\r\n`);
  }

  private finish(verdict: string): void {
    this.run = undefined;
    this.taken = false;
    this.write(`${dim(oneLine(verdict))}\r\n\r\n`);
  }

  private writeLines(text: string): void {
    if (text !== '') this.write(text.replace(/\r?\n/g, '\r\n'));
  }

  private write(text: string): void {
    if (this.early) this.early.push(text);
    else this.written.fire(text);
  }
}

function verdictOf(task: Task): string {
  return task.status === 'succeeded' ? `✔ ${task.result_summary ?? ''}` : `✘ ${errorOf(task) ?? task.status}`;
}
