import * as vscode from 'vscode';
import { notify } from '../shared/notify';
import { EditorRefusal } from '../shared/refusal';

const offeredKey = 'offeredAgentTools';

/**
 * Offers to add a tool for each installed agent that an open sparkq.yml has none for: once for each agent. What is added
 * is for the person to look at, and to save.
 */
export async function offerAgentTools(document: vscode.TextDocument, memory: vscode.Memento): Promise<void> {
  const { agentsWithoutTool, changeToAgentTools } = await import('../../config/addedTools');
  const { installedAgents } = await import('../../runner/installedAgents');
  const offered = memory.get<readonly string[]>(offeredKey, []);
  const lacking = agentsWithoutTool(document.getText(), await installedAgents());
  const fresh = lacking.filter((name) => !offered.includes(name));
  if (fresh.length === 0) return;
  void memory.update(offeredKey, [...offered, ...fresh]);
  const { takenByAgents } = await import('../../config/agentTools');
  const names = fresh.map((name) => takenByAgents[name].title).join(', ');
  const add = vscode.l10n.t('Add Tools');
  const question = vscode.l10n.t('Installed, with no tool in sparkq.yml: {0}. Add a tool for each?', names);
  if ((await notify('information', question, add)) !== add) return;
  const change = changeToAgentTools(document.getText(), fresh);
  if (change === null) {
    const wanted = fresh.map((name) => `tools.${name}.agent: ${name}`).join(', ');
    throw new EditorRefusal(vscode.l10n.t('Set {0} in sparkq.yml by hand.', wanted));
  }
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(change.start), document.positionAt(change.end));
  edit.replace(document.uri, range, change.content);
  await vscode.workspace.applyEdit(edit);
  const shown = await vscode.window.showTextDocument(document);
  shown.revealRange(new vscode.Range(range.start, document.positionAt(change.start + change.content.length)));
}
