import * as vscode from 'vscode';
import type { ConfirmedConfig } from '../../config/confirmedConfig';
import { commands, contextKeys } from '../../contributions';
import type { CommandHandlers } from '../shared/commandRegistry';
import { ContextKey } from '../shared/contextKey';
import { confirm, notify } from '../shared/notify';
import { EditorRefusal } from '../shared/refusal';
import { demandTrust } from '../shared/trust';
import type { QueueAccess } from '../workspace/queueAccess';

const scheme = 'sparkq-configuration';
const sides = ['confirmed', 'now'] as const;
type Side = (typeof sides)[number];

/**
 * What of sparkq.yml nobody has confirmed: a line above the file says so and offers to confirm it, and two documents side
 * by side show what has changed.
 */
export class UnconfirmedChanges implements vscode.CodeLensProvider, vscode.TextDocumentContentProvider {
  private readonly lensesChanged = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.lensesChanged.event;
  private readonly documentChanged = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.documentChanged.event;
  private readonly waits = new ContextKey<boolean>(contextKeys.unconfirmed);

  constructor(private readonly access: QueueAccess) {}

  readonly handlers = {
    confirmConfiguration: (digest) => this.confirm(digest),
    showUnconfirmed: () => this.show(),
  } satisfies CommandHandlers;

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.languages.registerCodeLensProvider({ scheme: 'file', pattern: '**/sparkq.yml' }, this),
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      this.access.whileOpen(({ config }) => this.follow(config)),
      this.lensesChanged,
      this.documentChanged,
    );
  }

  provideCodeLenses({ uri }: vscode.TextDocument): vscode.CodeLens[] {
    const config = this.access.workspace?.config;
    const names = config?.current().unconfirmed ?? [];
    if (config === undefined || names.length === 0 || uri.fsPath !== config.file) return [];
    const lens = (title: string, command: string, ...given: unknown[]) =>
      new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { title, command, arguments: given });
    const waiting = vscode.l10n.t('Not confirmed: {0}', names.join(', '));
    return [
      lens(`$(shield) ${waiting}`, commands.showUnconfirmed),
      lens(vscode.l10n.t('Confirm'), commands.confirmConfiguration, config.digest()),
    ];
  }

  async provideTextDocumentContent({ authority }: vscode.Uri): Promise<string> {
    const { config } = await this.access.existing();
    const { pins, confirmed } = config.pins();
    const { pinsText } = await import('../../config/pinsText');
    if (authority !== 'confirmed') return pinsText(pins);
    // What has gone from the file waits for nothing.
    return pinsText(
      Object.fromEntries(Object.entries(confirmed).filter(([name]) => Object.hasOwn(pins, name))),
    );
  }

  private follow(config: ConfirmedConfig): vscode.Disposable {
    const repaint = () => {
      this.waits.set(config.current().unconfirmed.length > 0);
      this.lensesChanged.fire();
      for (const side of sides) this.documentChanged.fire(uriOf(side));
    };
    repaint();
    const unsubscribe = config.onChange(repaint);
    return new vscode.Disposable(() => {
      unsubscribe();
      this.waits.set(false);
      this.lensesChanged.fire();
    });
  }

  private async show(): Promise<void> {
    await this.access.demand();
    const title = vscode.l10n.t('sparkq.yml: What Is Not Confirmed');
    await vscode.commands.executeCommand('vscode.diff', uriOf('confirmed'), uriOf('now'), title);
  }

  /** @param digest of what the person has seen; without it, a question names what waits */
  private async confirm(digest: string | undefined): Promise<void> {
    const { config } = await this.access.demand();
    demandTrust();
    const names = config.current().unconfirmed;
    if (names.length === 0) {
      await notify('information', vscode.l10n.t('Nothing in sparkq.yml waits to be confirmed.'));
      return;
    }
    const { pins } = config.pins();
    const seen = digest ?? config.digest();
    if (digest === undefined) {
      await confirm(
        vscode.l10n.t('Confirm what sparkq.yml starts?'),
        names.join('\n'),
        vscode.l10n.t('Confirm'),
      );
    }
    if (seen !== config.digest()) throw changedAgain();
    config.confirm(pins);
  }
}

function changedAgain(): EditorRefusal {
  return new EditorRefusal(vscode.l10n.t('sparkq.yml has changed again: look at it once more.'), {
    title: vscode.l10n.t('Show Changes'),
    command: commands.showUnconfirmed,
  });
}

/** The name decides the language. */
function uriOf(side: Side): vscode.Uri {
  return vscode.Uri.from({ scheme, authority: side, path: '/sparkq.yml' });
}
