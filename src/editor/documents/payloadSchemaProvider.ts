import * as vscode from 'vscode';
import type { ConfigSource } from '../../core/config';
import type { ScriptFolders } from '../../scripts/scriptFolders';

import { payloadKinds, payloadSchema } from './payloadSchema';

const scheme = 'sparkq-schema';

/** Serves the schemas that `contributes.jsonValidation` in package.json names, for the current scripts. */
export class PayloadSchemaProvider implements vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;

  constructor(
    private readonly scripts: ScriptFolders,
    private readonly config: ConfigSource,
  ) {}

  register(): vscode.Disposable {
    const repaint = () => {
      for (const kind of payloadKinds) this.changed.fire(uriOf(kind));
    };
    return vscode.Disposable.from(
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
      this.changed,
      { dispose: this.scripts.onChange(repaint) },
      { dispose: this.config.onChange(repaint) },
    );
  }

  provideTextDocumentContent(uri: vscode.Uri): string | undefined {
    const kind = payloadKinds.find((one) => uriOf(one).path === uri.path);
    return kind && JSON.stringify(payloadSchema(kind, this.scripts.list(), vscode.l10n));
  }
}

function uriOf(kind: string): vscode.Uri {
  return vscode.Uri.from({ scheme, authority: 'payload', path: `/${kind}.json` });
}
