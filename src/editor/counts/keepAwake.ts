import * as vscode from 'vscode';
import { type AwakeChoice, Wakefulness } from '../../client/wakefulness';
import { settings } from '../../contributions';
import type { Log } from '../../core/log';
import type { Queue } from '../../core/queue';

/** What is chosen for this machine. */
export function awakeChoice(): AwakeChoice {
  return vscode.workspace.getConfiguration().get<AwakeChoice>(settings.keepAwake, 'never');
}

/** Keeps the machine awake while tasks run, or are still to run, as the setting says; the status bar shows it. */
export class KeepAwake {
  private readonly item = vscode.window.createStatusBarItem('awake', vscode.StatusBarAlignment.Left, 9);

  constructor(
    private readonly queue: Queue,
    private readonly log: Log,
  ) {
    this.item.name = vscode.l10n.t('SparkQ Keep Awake');
    this.item.text = '$(coffee)';
    this.item.tooltip = vscode.l10n.t('SparkQ keeps this machine awake for its tasks.');
  }

  register(): vscode.Disposable {
    const { queue, log, item } = this;
    const onChange = (held: boolean) => (held ? item.show() : item.hide());
    const wakefulness = new Wakefulness({ queue, choice: awakeChoice, log, onChange });
    return vscode.Disposable.from(
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration(settings.keepAwake)) wakefulness.chosen();
      }),
      { dispose: () => wakefulness.stop() },
      item,
    );
  }
}
