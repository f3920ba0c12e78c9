import * as os from 'node:os';
import * as vscode from 'vscode';
import { agentNameOf, agentNames } from '../../agents/agentNames';
import { agents } from '../../agents/agents';
import type { PlannedFile, SetupPlace } from '../../agents/plan';
import { carryOut } from '../../agents/setup';
import { startCommand } from '../../agents/startCommand';
import { realPathOf } from '../../client/registry';
import { userFolder } from '../../client/userFolder';
import { commands } from '../../contributions';
import { findOnPath } from '../../system/programs';
import { planTicked, type Ticked, tickedIn } from '../agents/tickedAgents';
import type { CommandHandlers } from '../shared/commandRegistry';
import { notify } from '../shared/notify';
import { chooseSome } from '../shared/quickPick';
import { EditorRefusal } from '../shared/refusal';
import { demandTrust } from '../shared/trust';
import { QueueAccess } from '../workspace/queueAccess';

/** Of the documents that show what files are to contain. */
const scheme = 'sparkq-agents';

/** Sets agents up in their own files of the project, as `sparkq agents setup` does. */
export class AgentCommands {
  /** Each diff has documents of its own: the editor keeps those that it has open. */
  private shown = 0;

  readonly handlers = { setUpAgents: (names) => this.setUp(names) } satisfies CommandHandlers;

  /** @param given who is to be set up, and nobody else; else the person ticks them */
  private async setUp(given?: readonly string[]): Promise<void> {
    demandTrust();
    const place = placeHere();
    const before = tickedIn(place);
    const wanted = given ? { ...before, agents: given.map(agentNameOf) } : await askForAgents(before);
    const plan = planTicked(place, before, wanted);
    const changes = plan.filter(({ read, after }) => read.text !== after);
    if (changes.length > 0) await this.confirmChanges(changes);
    carryOut(place, plan);
    if (changes.length === 0) {
      await notify('information', vscode.l10n.t('Nothing was to be changed in the files of the agents.'));
    }
    if (wanted.agents.length > 0) await warnOfMissingCommand();
  }

  /** Shows what changes, and rejects with a CancellationError unless the person agrees. */
  private async confirmChanges(changes: readonly PlannedFile[]): Promise<void> {
    const title = vscode.l10n.t('Set Up Agents');
    const texts = new Map<string, string>();
    this.shown += 1;
    const rows = changes.map(({ read: { file, text }, after }) => {
      const uri = vscode.Uri.file(file);
      const next = uri.with({ scheme, query: String(this.shown) });
      texts.set(next.toString(), after ?? '');
      return [uri, text === null ? undefined : uri, after === null ? undefined : next];
    });
    const provider = vscode.workspace.registerTextDocumentContentProvider(scheme, {
      provideTextDocumentContent: (uri) => texts.get(uri.toString()),
    });
    try {
      await vscode.commands.executeCommand('vscode.changes', title, rows);
      const names = changes.map(({ read }) => vscode.workspace.asRelativePath(read.file)).join(', ');
      const yes = vscode.l10n.t('Write');
      // Not a modal question, which would cover the diff.
      const answer = await notify('information', vscode.l10n.t('Write these changes? {0}', names), yes);
      if (answer !== yes) throw new vscode.CancellationError();
    } finally {
      provider.dispose();
    }
  }
}

function placeHere(): SetupPlace {
  const folder = QueueAccess.firstFolder();
  if (folder === undefined) {
    throw new EditorRefusal(vscode.l10n.t('Open a folder first. Each folder has its own queue.'), {
      title: vscode.l10n.t('Open Folder'),
      command: 'vscode.openFolder',
    });
  }
  return {
    scope: 'project',
    folder: realPathOf(folder.uri.fsPath),
    home: os.homedir(),
    env: process.env,
    userFolder: userFolder(),
    start: startCommand(process.platform),
  };
}

async function askForAgents(before: Ticked): Promise<Ticked> {
  const ticked = await chooseSome(
    vscode.l10n.t('Set Up Agents'),
    vscode.l10n.t('Which agents should use the queue of this folder?'),
    [
      ...agentNames.map((value) => {
        const { title, projectFiles } = agents[value];
        const picked = before.agents.includes(value);
        return { label: title, description: projectFiles[0] ?? '', picked, value };
      }),
      {
        label: vscode.l10n.t('Skill'),
        description: vscode.l10n.t('a file that tells these agents when to queue, and how'),
        picked: before.skill,
        value: 'skill' as const,
      },
    ],
    { orNone: true },
  );
  return { agents: ticked.filter((value) => value !== 'skill'), skill: ticked.includes('skill') };
}

async function warnOfMissingCommand(): Promise<void> {
  if ((await findOnPath('sparkq')) !== null) return;
  const install = vscode.l10n.t('Install Command-Line Tool');
  const text = vscode.l10n.t('sparkq is not on PATH, so the agents cannot start it.');
  if ((await notify('warning', text, install)) === install)
    await vscode.commands.executeCommand(commands.installCommandLine);
}
