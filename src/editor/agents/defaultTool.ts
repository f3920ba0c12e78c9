import * as vscode from 'vscode';
import { commands } from '../../contributions';
import { notify } from '../shared/notify';
import { choose } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import type { EditorContext } from '../workspace/editorContext';
import { defaultToolsToOffer, isWithoutTool } from './promptTools';

const askedKey = 'askedForDefaultTool';

/**
 * Asks once for each folder which tool works on the prompts that agents queue with none, and writes it to sparkq.yml. A
 * question that is closed is not asked again either.
 */
export class DefaultTool {
  constructor(private readonly editor: Pick<EditorContext, 'access' | 'commands' | 'context' | 'scripts'>) {}

  register(): vscode.Disposable {
    return this.editor.access.whileOpen(({ queue }) => {
      const unsubscribe = queue.subscribe((event) => {
        if (isWithoutTool(event)) this.ask();
      });
      return { dispose: unsubscribe };
    });
  }

  /** Asks without being awaited: the question stays open until it is answered. @param chosen by a person, for a plan */
  ask(chosen?: string): void {
    void this.editor.commands.run('defaultTool', () => this.askOnce(chosen));
  }

  private async askOnce(chosen?: string): Promise<void> {
    const { config } = await this.editor.scripts.load();
    const memory = this.editor.context.workspaceState;
    const tools = defaultToolsToOffer(config.current(), chosen);
    const [only, ...others] = tools;
    if (only === undefined || memory.get(askedKey) || !vscode.workspace.isTrusted) return;
    // Before there is an answer: a plan has many prompts.
    void memory.update(askedKey, true);
    const one = others.length === 0;
    const question = vscode.l10n.t(
      'Agents may queue prompts without naming a tool; they wait until an agent claims them. Have a tool work on them? You are asked once for this folder.',
    );
    const yes = one ? vscode.l10n.t('Use {0}', only) : vscode.l10n.t('Choose Tool…');
    if ((await notify('information', question, yes, vscode.l10n.t('Let Them Wait'))) !== yes) return;
    await writeDefaultTool(
      vscode.Uri.file(config.file),
      one ? only : await pick(tools, config.current().tools),
    );
  }
}

function pick(
  names: readonly string[],
  tools: Readonly<Record<string, { description: string | null }>>,
): Promise<string> {
  return choose(
    vscode.l10n.t('Default Tool of Agents'),
    vscode.l10n.t('Select the tool for prompts that agents queue without one'),
    names.map((name) => ({ label: name, detail: tools[name]?.description ?? undefined, value: name })),
  );
}

/**
 * Changes a sparkq.yml as a person would, in the editor: unsaved changes of theirs stay unsaved.
 * @throws EditorRefusal for a file that only a person can change
 */
export async function writeDefaultTool(file: vscode.Uri, tool: string): Promise<void> {
  const { changeToDefaultTool } = await import('../../config/defaultTool');
  const creation = new vscode.WorkspaceEdit();
  creation.createFile(file, { ignoreIfExists: true });
  await vscode.workspace.applyEdit(creation);
  const document = await vscode.workspace.openTextDocument(file);
  const { isDirty } = document;
  const change = changeToDefaultTool(document.getText(), tool);
  if (change === null)
    throw new EditorRefusal(vscode.l10n.t('Set {0} in sparkq.yml by hand.', `agents.default: ${tool}`), {
      title: vscode.l10n.t('Open Configuration'),
      command: commands.openConfiguration,
    });
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(change.start), document.positionAt(change.end));
  edit.replace(file, range, change.content);
  await vscode.workspace.applyEdit(edit);
  if (!isDirty) await document.save();
  else await vscode.window.showTextDocument(document);
}
