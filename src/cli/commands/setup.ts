/** `sparkq setup`: makes the queue of a folder, and its sparkq.yml. */

import fs from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { defaultStorage, Registry, realPathOf } from '../../client/registry';
import { userFolder } from '../../client/userFolder';
import type { SetupAnswers } from '../../config/defaultText';
import { defaultConfig } from '../../core/config';
import { classTimeouts } from '../../core/model';
import type { QueueLocation } from '../access/locate';
import type { CommandContext } from '../context';
import { example } from '../help';
import { Dialogue } from '../terminal/dialogue';
import { invalid } from '../terminal/errors';

const configName = 'sparkq.yml';

export function addSetupCommand(program: Command, context: CommandContext): void {
  program
    .command('setup')
    .description('make a queue for this folder, and a commented sparkq.yml')
    .option('-y, --yes', 'ask nothing: take the defaults, and keep a sparkq.yml that is there')
    .addHelpText('after', example('sparkq setup', 'sparkq setup --yes'))
    .action((options: { yes?: boolean }) => setUp(context, options.yes === true));
}

async function setUp(context: CommandContext, yes: boolean): Promise<void> {
  const workspace = realPathOf(context.workspace ?? process.cwd());
  if (!fs.statSync(workspace, { throwIfNoEntry: false })?.isDirectory())
    throw invalid('workspace', workspace);
  const answers = yes ? null : await askAll(workspace, context.json);
  const written = await writeConfig(workspace, answers);
  const place = await register(workspace, context.env);
  const { openLocal } = await import('../access/openWorkspace');
  const { queue } = await openLocal(place, context.env, { role: 'command', serve: false });
  try {
    const project = await queue.project();
    context.answer(
      { workspace, storage: place.storage, config: path.join(workspace, configName), written, project },
      [
        written ? `Wrote ${path.join(workspace, configName)}` : `Kept ${path.join(workspace, configName)}`,
        `The queue of ${workspace} is ready`,
        'Next: sparkq session create NAME',
      ],
    );
  } finally {
    await queue.close();
  }
}

async function register(workspace: string, env: NodeJS.ProcessEnv): Promise<QueueLocation> {
  const home = userFolder(env);
  const named = env.SPARKQ_STORAGE ? path.resolve(env.SPARKQ_STORAGE) : null;
  const preferred = named ?? defaultStorage(home, workspace);
  const storage = await new Registry(home).storageFor(workspace, preferred);
  return { storage: named ?? storage, workspace };
}

/** Writes sparkq.yml. One that is there is kept unless questions were answered; then it goes on as sparkq.yml.old. */
async function writeConfig(workspace: string, answers: SetupAnswers | null): Promise<boolean> {
  const { defaultConfigText } = await import('../../config/defaultText');
  const file = path.join(workspace, configName);
  if (fs.existsSync(file)) {
    if (answers === null) return false;
    fs.renameSync(file, `${file}.old`);
  }
  fs.writeFileSync(file, defaultConfigText(answers ?? { repo_path: workspace }));
  return true;
}

/** The dialogue; null when nobody is there to answer. */
async function askAll(workspace: string, json: boolean): Promise<SetupAnswers | null> {
  const dialogue = await Dialogue.begin(json ? process.stderr : process.stdout);
  if (dialogue === null) return null;
  try {
    return {
      name: await dialogue.ask('Project name', defaultConfig.project.name),
      repo_path: await dialogue.ask('Repository path', workspace),
      prd_path: (await dialogue.ask('PRD path (optional)', '')) || null,
      script_dirs: await askFolders(dialogue),
      timeouts: await askTimeouts(dialogue),
    };
  } finally {
    dialogue.end();
  }
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
    timeouts[name] = seconds(await dialogue.ask(`Timeout of ${name}, seconds`, String(usual)));
  }
  return timeouts;
}

function seconds(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw invalid('timeout', text, { suggestion: 'Provide a whole number of seconds, at least 1' });
}
