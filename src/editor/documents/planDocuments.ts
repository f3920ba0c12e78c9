import * as vscode from 'vscode';
import { readUnapproved, shownRunLines } from '../../client/plannedRuns';
import { commands, type ShownApproval } from '../../contributions';
import { QueueError } from '../../core/errors';
import type { Queue } from '../../core/queue';
import { labels } from '../shared/translatedLabels';
import type { QueueAccess } from '../workspace/queueAccess';

const scheme = 'sparkq-plan';

/** All that the tasks of a plan would start, as a read-only document with a line above it that approves what it shows. */
export class PlanDocuments implements vscode.CodeLensProvider, vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly lensesChanged = new vscode.EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.lensesChanged.event;
  /** What each document shows. */
  private readonly digests = new Map<string, ShownApproval['digests']>();

  constructor(private readonly access: QueueAccess) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      vscode.languages.registerCodeLensProvider({ scheme }, this),
      this.changed,
      this.lensesChanged,
    );
  }

  /** @param id of a batch */
  async show(id: string): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uriOf(id));
    this.changed.fire(document.uri);
    await vscode.window.showTextDocument(document, { preview: true });
  }

  /** Reads the document again, if it is open. */
  refresh(id: string): void {
    this.changed.fire(uriOf(id));
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { queue } = await this.access.existing();
    const { text, digests } = await textOf(queue, idOf(uri));
    this.digests.set(uri.toString(), digests);
    this.lensesChanged.fire();
    return text;
  }

  provideCodeLenses({ uri }: vscode.TextDocument): vscode.CodeLens[] {
    const digests = this.digests.get(uri.toString()) ?? {};
    if (Object.keys(digests).length === 0) return [];
    const target = { batchId: idOf(uri) };
    const lens = (title: string, command: string, ...given: unknown[]) =>
      new vscode.CodeLens(new vscode.Range(0, 0, 0, 0), { title, command, arguments: [target, ...given] });
    return [
      ...labels
        .approvals(true)
        .map(({ title, scope }) =>
          lens(title, commands.approvePlan, undefined, { digests, ...scope } satisfies ShownApproval),
        ),
      lens(vscode.l10n.t('Deny'), commands.deny),
    ];
  }
}

async function textOf(queue: Queue, id: string): Promise<{ text: string } & Pick<ShownApproval, 'digests'>> {
  const shown = await readUnapproved(queue, id).catch((error: unknown) => {
    if (QueueError.is(error, 'wrong_state')) return [];
    throw error;
  });
  if (shown.length === 0)
    return { text: vscode.l10n.t('Nothing of this plan waits for approval any more.'), digests: {} };
  return {
    text: shown.map((run) => `${shownRunLines(run, vscode.l10n).join('\n')}\n`).join('\n'),
    digests: Object.fromEntries(shown.map(({ task, run }) => [task.id, run.digest])),
  };
}

function uriOf(id: string): vscode.Uri {
  return vscode.Uri.from({ scheme, path: `/${id}/${vscode.l10n.t('Plan')}` });
}

function idOf({ path }: vscode.Uri): string {
  return path.split('/')[1] ?? '';
}
