import * as vscode from 'vscode';
import { type CommandArguments, type CommandName, commands } from '../../contributions';
import { messageOf, QueueError } from '../../core/errors';
import type { Log } from '../../core/log';
import { notify } from './notify';
import { EditorRefusal, explain, lossyFileOf, type Remedy, suggestedServerOf } from './refusal';
import { selectionTarget, taskIds } from './targets';

/** Some commands, by name. */
export type CommandHandlers = { [K in CommandName]?: (...given: CommandArguments[K]) => unknown };

/** Registers commands, and shows the person what goes wrong in any of them. */
export class CommandRegistry {
  /** @param selectionIn the selected rows of a view, for keybindings */
  constructor(
    private readonly log: Log,
    private readonly selectionIn: (view: string) => readonly unknown[],
  ) {}

  register(handlers: CommandHandlers): vscode.Disposable {
    const registered = Object.entries(handlers).map(([name, handler]) =>
      vscode.commands.registerCommand(commands[name as CommandName], (...given: unknown[]) =>
        this.run(name, () => (handler as (...given: unknown[]) => unknown)(...this.withSelection(given))),
      ),
    );
    return vscode.Disposable.from(...registered);
  }

  /** Registers commands whose handlers are loaded once, with the first that is run. */
  registerLate(names: readonly CommandName[], load: () => Promise<CommandHandlers>): vscode.Disposable {
    let loading: Promise<CommandHandlers> | undefined;
    const late = async (name: CommandName, given: readonly unknown[]) => {
      loading ??= load();
      const handler = (await loading)[name] as ((...given: readonly unknown[]) => unknown) | undefined;
      if (!handler) throw new Error(`Nothing handles the command ${commands[name]}`);
      return handler(...given);
    };
    return this.register(
      Object.fromEntries(names.map((name) => [name, (...given: unknown[]) => late(name, given)])),
    );
  }

  /** A keybinding passes the view whose selection is meant (`args` in package.json), not rows. */
  private withSelection(given: readonly unknown[]): readonly unknown[] {
    const view = selectionTarget(given[0]);
    if (view === undefined) return given;
    const rows = this.selectionIn(view);
    // Keybindings are for tasks; a stream may be selected before them.
    const first = rows.find((row) => taskIds(row).length > 0) ?? rows[0];
    return first ? [first, rows] : [];
  }

  /**
   * Runs `work`. A dismissed question ends it silently; a refusal becomes a message with its hint and, if there is one,
   * a button that solves the problem; any other error is logged with its stack. Answers undefined in all these cases.
   */
  async run<T>(name: string, work: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      // Not awaited: the message stays open until it is answered.
      void this.showError(name, error);
      return undefined;
    }
  }

  /** @param ownRemedy the button to offer in place of the usual one */
  async showError(name: string, error: unknown, ownRemedy?: Remedy): Promise<void> {
    if (error instanceof vscode.CancellationError) return;
    const expected = error instanceof EditorRefusal || QueueError.is(error);
    if (expected) this.log.info(`${name}: ${error.message}`);
    else this.log.error(`${name} failed`, error);
    const remedy = ownRemedy ?? (expected ? remedyFor(error) : showLog());
    const text = expected ? explain(error) : vscode.l10n.t('Something went wrong: {0}', messageOf(error));
    const buttons = remedy ? [remedy.title] : [];
    const answer = await notify(error instanceof EditorRefusal ? 'warning' : 'error', text, ...buttons);
    if (remedy && answer === remedy.title) {
      await vscode.commands.executeCommand(remedy.command, ...(remedy.arguments ?? []));
    }
  }
}

export function showLog(): Remedy {
  return { title: vscode.l10n.t('Show Log'), command: commands.showLog };
}

/** The button for a queue that could not be opened. */
export function openingRemedy(error: unknown): Remedy {
  if (suggestedServerOf(error) !== undefined)
    return { title: vscode.l10n.t('Connect…'), command: commands.connectDatabase };
  if (lossyFileOf(error) === undefined) return showLog();
  return { title: vscode.l10n.t('Accept Loss…'), command: commands.acceptLoss };
}

/** The button that solves the problem, if there is one. */
function remedyFor(error: EditorRefusal | QueueError): Remedy | undefined {
  if (error instanceof EditorRefusal) return error.remedy;
  switch (error.code) {
    case 'stream_ended':
      return { title: vscode.l10n.t('New Stream'), command: commands.newStream };
    case 'session_ended':
      return { title: vscode.l10n.t('New Session'), command: commands.newSession };
    case 'storage_failed':
      return openingRemedy(error);
    case 'forbidden':
      return suggestedServerOf(error) === undefined ? undefined : openingRemedy(error);
    case 'not_ready':
      return isUnconfirmed(error)
        ? { title: vscode.l10n.t('Show Changes'), command: commands.showUnconfirmed }
        : undefined;
    case 'unavailable':
    case 'conflict':
    case 'outcome_unknown':
    case 'internal':
      return showLog();
    default:
      return undefined;
  }
}

/** Whether a person has yet to confirm the tool of a task. */
function isUnconfirmed({ details }: QueueError): boolean {
  const reason = details?.waiting_reason as { code?: unknown } | undefined;
  return reason?.code === 'unconfirmed_tool';
}
