import * as vscode from 'vscode';
import type { ConfirmedConfig } from '../../config/confirmedConfig';
import { commands } from '../../contributions';
import type { Log } from '../../core/log';
import { notify } from '../shared/notify';

/** Asks once for each change of sparkq.yml that waits to be confirmed, and says what was taken as confirmed at first. */
export class ConfirmationNotice {
  /** The digest of what was asked about last. */
  private asked = '';
  private asking = false;
  private adoptionSaid = false;

  constructor(
    private readonly config: ConfirmedConfig,
    private readonly log: Log,
  ) {}

  register(): vscode.Disposable {
    const look = () =>
      void this.look().catch((error) => this.log.error('The question about sparkq.yml failed', error));
    look();
    return vscode.Disposable.from(
      { dispose: this.config.onChange(look) },
      // By then the workspace counts as seen.
      vscode.workspace.onDidGrantWorkspaceTrust(look),
    );
  }

  private async look(): Promise<void> {
    this.sayAdopted();
    if (this.asking || !vscode.workspace.isTrusted) return;
    this.asking = true;
    try {
      // What changes while a question is open is asked about afterwards.
      while (this.isNew()) await this.ask();
    } finally {
      this.asking = false;
    }
  }

  private isNew(): boolean {
    return this.config.current().unconfirmed.length > 0 && this.config.digest() !== this.asked;
  }

  private async ask(): Promise<void> {
    const digest = this.config.digest();
    this.asked = digest;
    const names = this.config.current().unconfirmed.join(', ');
    const text = vscode.l10n.t(
      'sparkq.yml has changed what it starts: {0}. That is not used until you confirm it.',
      names,
    );
    const show = vscode.l10n.t('Show Changes');
    const yes = vscode.l10n.t('Confirm');
    let answer = await notify('warning', text, show, yes);
    if (answer === show) {
      await vscode.commands.executeCommand(commands.showUnconfirmed);
      answer = await notify('warning', text, yes);
    }
    if (answer === yes) await vscode.commands.executeCommand(commands.confirmConfiguration, digest);
  }

  private sayAdopted(): void {
    const names = this.config.adopted();
    if (this.adoptionSaid || names.length === 0) return;
    this.adoptionSaid = true;
    const text = vscode.l10n.t(
      'Used from sparkq.yml: {0}. When that changes, it waits until you confirm it.',
      names.join(', '),
    );
    void notify('information', text);
  }
}
