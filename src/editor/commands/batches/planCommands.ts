import * as vscode from 'vscode';
import { anyAgent, type Config, toolOf } from '../../../core/config';
import type { Batch } from '../../../core/model';
import type { OpenItem } from '../../../scripts/checklist';
import { DefaultTool } from '../../agents/defaultTool';
import { promptTools } from '../../agents/promptTools';
import type { CommandHandlers } from '../../shared/commandRegistry';
import { type Choice, choose, chooseSome } from '../../shared/quickPick';
import { EditorRefusal } from '../../shared/refusal';
import { scriptPaths } from '../../shared/targets';
import type { EditorContext } from '../../workspace/editorContext';
import type { NewTasks } from '../newTasks';

/** Loaded with the first plan: nothing else here reads Markdown. */
const checklist = () => import('../../../scripts/checklist');

/** Queues the open items of a Markdown checklist as prompts. */
export class PlanCommands {
  constructor(
    private readonly editor: EditorContext,
    private readonly tasks: NewTasks,
  ) {}

  readonly handlers = {
    enqueuePlan: (...given) => this.enqueuePlan(given),
  } satisfies CommandHandlers;

  /** Shows what would be queued, in its order, and queues what stays ticked as one batch. */
  private async enqueuePlan(given: readonly unknown[]): Promise<Batch> {
    const title = vscode.l10n.t('Enqueue Plan');
    const known = await this.tasks.knownStream(undefined);
    const file = await planFile(given, title);
    const { openItems, tasksOfItems } = await checklist();
    // Of a file that is open, what the person sees, saved or not.
    const items = openItems((await vscode.workspace.openTextDocument(file)).getText());
    const name = vscode.workspace.asRelativePath(file);
    if (items.length === 0)
      throw new EditorRefusal(
        vscode.l10n.t('{0} has no open item, such as "{1}".', name, '- [ ] Write the tests'),
      );
    const placeHolder = vscode.l10n.t('These tasks are queued, in this order. Untick what to leave out.');
    const chosen = new Set(await chooseSome(`${title}: ${name}`, placeHolder, await choicesOf(items)));
    const { config } = await this.editor.scripts.load();
    const tool = await pickTool(config.current(), title);
    const stream = known ?? (await this.tasks.askForStream(title));
    const tasks = tasksOfItems(items, chosen, tool).map((task) => ({
      ...task,
      known_tool: tool !== anyAgent,
    }));
    const batch = await this.tasks.addBatch(tasks, name, stream);
    new DefaultTool(this.editor).ask(tool);
    return batch;
  }
}

/** The given file, else the Markdown file in the active editor, else one that the person opens. */
async function planFile(given: readonly unknown[], title: string): Promise<vscode.Uri> {
  const [path] = scriptPaths(...given);
  if (path !== undefined) return vscode.Uri.file(path);
  const active = vscode.window.activeTextEditor?.document;
  if (active?.languageId === 'markdown' && active.uri.scheme === 'file') return active.uri;
  const [chosen] =
    (await vscode.window.showOpenDialog({ title, filters: { Markdown: ['md', 'markdown'] } })) ?? [];
  if (!chosen) throw new vscode.CancellationError();
  return chosen;
}

async function choicesOf(items: readonly OpenItem[]): Promise<Choice<number>[]> {
  const { labelOf } = await checklist();
  return items.map((item, index) => {
    const parent = item.parent === null ? undefined : items[item.parent];
    return {
      label: labelOf(item),
      description: parent && vscode.l10n.t('after {0}', labelOf(parent)),
      detail: item.under.join(' > ') || undefined,
      picked: true,
      value: index,
    };
  });
}

/** Asks for the tool of prompts; any agent where there is no other. */
async function pickTool(config: Config, title: string): Promise<string> {
  const names = promptTools(config);
  if (names.length === 1) return anyAgent;
  return choose(
    title,
    vscode.l10n.t('Select the tool for these prompts'),
    names.map((name) => {
      const tool = toolOf(config, name);
      const usual = name === config.agents.default ? 'agents.default' : undefined;
      const outside = tool?.command ? undefined : vscode.l10n.t('for an outside worker');
      const description = name === anyAgent ? vscode.l10n.t('any agent may claim it') : (usual ?? outside);
      return { label: name, description, detail: tool?.description ?? undefined, value: name };
    }),
  );
}
