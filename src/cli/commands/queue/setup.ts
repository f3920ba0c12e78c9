/** `sparkq setup`: creates the queue of a folder, and its sparkq.yml. */

import fs from 'node:fs';
import path from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { realPathOf } from '../../../client/registry';
import type { SetupAnswers } from '../../../config/defaultText';
import type { Pins } from '../../../config/pins';
import { changedText } from '../../../config/textChange';
import { type AgentName, defaultConfig, toolPin } from '../../../core/config';
import { QueueError } from '../../../core/errors';
import { classTimeouts } from '../../../core/model';
import { invalid } from '../../../core/refusals';
import { variableOf } from '../../../system/environment';
import { renameFile, whenFreeSync } from '../../../system/heldFiles';
import { readFileIfAny, replaceFile } from '../../../system/wholeFiles';
import { findUnknown } from '../../access/locate';
import { registerFolder } from '../../access/registerFolder';
import type { CommandContext } from '../../context';
import { confirmOnTerminal, Dialogue } from '../../terminal/dialogue';
import { example } from '../../terminal/options';
import { writeError } from '../../terminal/streams';

const configName = 'sparkq.yml';

export function addSetup(program: Command, context: CommandContext): void {
  program
    .command('setup')
    .description('create the queue of this folder, and a commented sparkq.yml')
    .option('-y, --yes', 'ask nothing: use the defaults and keep an existing sparkq.yml')
    .option(
      '--agents',
      'keep an existing sparkq.yml, but for a tool for each installed agent that has none there',
    )
    .addHelpText('after', example('sparkq setup', 'sparkq setup --yes', 'sparkq setup --agents'))
    .action((options) => setUp(context, options));
}

interface SetupOptions {
  yes?: true;
  agents?: true;
}

async function setUp(context: CommandContext, { yes, agents }: SetupOptions): Promise<void> {
  const workspace = realPathOf(context.workspace ?? process.cwd());
  if (!fs.statSync(workspace, { throwIfNoEntry: false })?.isDirectory())
    throw invalid('workspace', workspace, 'Name an existing folder');
  const config = path.join(workspace, configName);
  const lacking = await agentsLacking(config, context.env);
  const adds = lacking.length > 0 && (agents || (!yes && (await mayAdd(lacking))));
  const added = adds ? await addTools(config, lacking) : [];
  const answers = yes || agents || adds ? null : await askAll(workspace, context.json);
  const written = await writeConfig(config, answers ?? {}, answers !== null, context.env);
  const location = await registerFolder(workspace, context.env);
  const { openFiles } = await import('../../access/openWorkspace');
  const {
    queue,
    config: used,
    close,
  } = await openFiles(location, context.env, { role: 'command', serve: false });
  try {
    // Piped answers may come from anybody.
    if (process.stdin.isTTY && (written || adds))
      used.confirm(pinsWritten(used.pins().pins, written ? null : added));
    const project = await queue.project();
    const unknown = findUnknown(workspace, context.env)?.storage;
    if (unknown !== undefined)
      writeError(`${unknown} was left alone. Open it instead with: sparkq storage open\n`);
    const names = lacking.join(', ');
    context.answer({ workspace, storage: location.storage, config, written, added, project }, [
      `${written ? 'Wrote' : 'Kept'} ${config}${adds ? `, and added tools to it: ${names}` : ''}`,
      ...(written || adds || lacking.length === 0
        ? []
        : [`Installed, with no tool in it: ${names}. To add one for each: sparkq setup --agents`]),
      location.before === null
        ? `The queue of ${workspace} is ready`
        : `The queue of this folder when it was ${location.before} is now that of ${workspace}`,
      'Next: sparkq session create NAME',
    ]);
  } finally {
    await close();
  }
}

/** The agents that are installed, and that an existing sparkq.yml has no tool for. */
async function agentsLacking(file: string, env: NodeJS.ProcessEnv): Promise<AgentName[]> {
  const text = readFileIfAny(file);
  if (text === null) return [];
  const { agentsWithoutTool } = await import('../../../config/addedTools');
  const { installedAgents } = await import('../../../runner/installedAgents');
  return agentsWithoutTool(text, await installedAgents(variableOf(env, 'PATH')));
}

/** Only a person on a terminal is asked: lines that are piped in are the answers to the other questions. */
async function mayAdd(agents: readonly AgentName[]): Promise<boolean> {
  const question = `Keep sparkq.yml, and add tools for the agents that are installed: ${agents.join(', ')}?`;
  return (await confirmOnTerminal(question, true)) === true;
}

/** @throws QueueError `conflict` for a file that only a person can change */
async function addTools(file: string, agents: readonly AgentName[]): Promise<readonly AgentName[]> {
  const { changeToAgentTools } = await import('../../../config/addedTools');
  const { agentToolLines } = await import('../../../config/agentTools');
  const text = readFileIfAny(file) ?? '';
  const change = changeToAgentTools(text, agents);
  if (change === null) {
    throw new QueueError(
      'conflict',
      `${file} is written in a way in which nothing can be added without changing more`,
      ['Add to its tools by hand:', ...agentToolLines(agents)].join('\n'),
    );
  }
  replaceFile(file, changedText(text, change));
  return agents;
}

/** What of the configuration this command has written. @param added tools; null: all of it */
function pinsWritten(pins: Pins, added: readonly AgentName[] | null): Pins {
  const names = added?.map(toolPin);
  return Object.fromEntries(Object.entries(pins).filter(([name]) => names?.includes(name) ?? true));
}

/** Writes sparkq.yml; an existing one is kept, or renamed to sparkq.yml.old in order to `replace` it. */
async function writeConfig(
  file: string,
  answers: SetupAnswers,
  replace: boolean,
  env: NodeJS.ProcessEnv,
): Promise<boolean> {
  const { defaultConfigText } = await import('../../../config/defaultText');
  const { installedAgents } = await import('../../../runner/installedAgents');
  if (fs.existsSync(file)) {
    if (!replace) return false;
    renameFile(file, `${file}.old`);
  }
  const agents = await installedAgents(variableOf(env, 'PATH'));
  whenFreeSync(file, () => fs.writeFileSync(file, defaultConfigText({ ...answers, agents })));
  return true;
}

/** Null when nobody is there to answer. */
async function askAll(workspace: string, json: boolean): Promise<SetupAnswers | null> {
  const dialogue = await Dialogue.begin(json ? process.stderr : process.stdout);
  if (dialogue === null) return null;
  try {
    return {
      name: await dialogue.ask('Project name', defaultConfig.project.name),
      // The folder itself is not written: others have it elsewhere, and sparkq.yml is committed.
      repo_path: otherThan(workspace, await dialogue.ask('Repository path', workspace)),
      prd_path: (await dialogue.ask('PRD path (optional)', '')) || null,
      script_dirs: await askFolders(dialogue),
      timeouts: await askTimeouts(dialogue),
    };
  } finally {
    dialogue.end();
  }
}

function otherThan(workspace: string, answer: string): string | null {
  return answer === workspace ? null : answer;
}

async function askFolders(dialogue: Dialogue): Promise<readonly string[]> {
  const folders: string[] = [];
  for (;;) {
    const folder = await dialogue.ask('Script directory (empty when done)', '');
    if (folder === '') return folders.length === 0 ? defaultConfig.script_dirs : folders;
    folders.push(folder);
  }
}

async function askTimeouts(dialogue: Dialogue): Promise<Record<string, number>> {
  const timeouts: Record<string, number> = {};
  for (const [name, usual] of Object.entries(classTimeouts)) {
    const text = await dialogue.ask(
      `Timeout of ${name} in seconds (late then, stopped after twice that)`,
      String(usual),
    );
    if (!/^[1-9]\d*$/.test(text))
      throw invalid('timeout', text, 'Provide a whole number of seconds, at least 1');
    timeouts[name] = Number(text);
  }
  return timeouts;
}
