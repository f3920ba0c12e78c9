import * as vscode from 'vscode';
import { settings } from '../../contributions';
import { messageOf } from '../../core/errors';
import type { Log } from '../../core/log';
import { isFinished, type Stream } from '../../core/model';
import { OutputFilter } from '../../core/outputFilter';
import { printable } from '../../core/plainText';
import type { Queue } from '../../core/queue';
import type { RunHandle } from '../../runner/activeRun';
import type { Runner } from '../../runner/runner';

/** When a run shows its terminal. */
export type TerminalChoice = 'always' | 'never';

const bold = (text: string) => `\x1b[1m${text}\x1b[0m`;
const dim = (text: string) => `\x1b[2m${text}\x1b[0m`;
const oneLine = (text: string) => printable(text).split('\n', 1)[0] ?? '';
const ctrlC = '\x03';

/** Shows each run live in a terminal. A stream keeps its terminal for its next runs. */
export class RunTerminals {
  private readonly terminals = new Set<RunTerminal>();

  constructor(
    private readonly runner: Runner,
    private readonly queue: Queue,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    const unsubscribe = this.runner.onRun((run) => {
      this.show(run).catch((error) =>
        this.log.error(`${run.task.id} could not be shown in a terminal`, error),
      );
    });
    return vscode.Disposable.from(
      { dispose: unsubscribe },
      { dispose: () => vscode.Disposable.from(...this.terminals).dispose() },
    );
  }

  private async show(run: RunHandle): Promise<void> {
    const choice = vscode.workspace.getConfiguration().get<TerminalChoice>(settings.terminal);
    if (choice === 'never') return;
    const stream = await this.queue.getStream(run.task.stream_id);
    const own = [...this.terminals].filter(({ streamId }) => streamId === stream.id);
    const free = own.find((terminal) => terminal.take()) ?? (await this.soonFree(own));
    (free ?? this.open(stream)).showRun(run);
  }

  /** A worker starts the next task on the queue's event, which comes just before the run itself ends. */
  private async soonFree(terminals: readonly RunTerminal[]): Promise<RunTerminal | undefined> {
    for (const terminal of terminals) {
      const { run } = terminal;
      if (run && isFinished(await this.queue.getTask(run.task.id))) await run.ended;
      if (terminal.take()) return terminal;
    }
    return undefined;
  }

  private open(stream: Stream): RunTerminal {
    const terminal = new RunTerminal(stream.id, stream.name, this.log, () => this.terminals.delete(terminal));
    this.terminals.add(terminal);
    return terminal;
  }
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
  /** Nobody watches: what runs may draw here, but not set the clipboard. */
  private readonly filter = new OutputFilter(true);

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
    this.terminal.show(true);
  }

  /** Reserves the terminal for a run; false if it is in use. */
  take(): boolean {
    if (this.taken) return false;
    this.taken = true;
    return true;
  }

  showRun(run: RunHandle): void {
    this.run = run;
    const attempt = run.attempt > 1 ? `, ${vscode.l10n.t('attempt {0}', run.attempt)}` : '';
    this.write(
      `${bold(oneLine(run.task.label ?? run.task.tool_name))} ${dim(`${run.task.id}${attempt}`)}\r\n`,
    );
    this.stopListening = run.onOutput(({ text }) => this.writeLines(this.filter.next(text)));
    run.ended.then(
      (task) =>
        this.finish(
          task.status === 'succeeded' ? `✔ ${task.result_summary ?? ''}` : `✘ ${task.error ?? task.status}`,
        ),
      (error) => this.finish(`✘ ${messageOf(error)}`),
    );
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

  private finish(verdict: string): void {
    this.stopListening();
    this.writeLines(this.filter.rest());
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
