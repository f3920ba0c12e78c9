/** `sparkq setup`: creates the queue of a folder, and its sparkq.yml. */

import fs from 'node:fs';
import path from 'node:path';
import type { Command } from '@commander-js/extra-typings';
import { realPathOf } from '../../../client/registry';
import type { SetupAnswers } from '../../../config/defaultText';
import { defaultConfig } from '../../../core/config';
import { classTimeouts } from '../../../core/model';
import { invalid } from '../../../core/refusals';
import { variableOf } from '../../../system/environment';
import { renameFile, whenFreeSync } from '../../../system/heldFiles';
import { findUnknown } from '../../access/locate';
import { registerFolder } from '../../access/registerFolder';
import type { CommandContext } from '../../context';
import { Dialogue } from '../../terminal/dialogue';
import { example } from '../../terminal/options';
import { writeError } from '../../terminal/streams';

const configName = 'sparkq.yml';

export function addSetup(program: Command, context: CommandContext): void {
  program
    .command('setup')
    .description('create the queue of this folder, and a commented sparkq.yml')
    .option('-y, --yes', 'ask nothing: use the defaults and keep an existing sparkq.yml')
    .addHelpText('after', example('sparkq setup', 'sparkq setup --yes'))
    .action(({ yes = false }) => setUp(context, yes));
}

async function setUp(context: CommandContext, yes: boolean): Promise<void> {
  const workspace = realPathOf(context.workspace ?? process.cwd());
  if (!fs.statSync(workspace, { throwIfNoEntry: false })?.isDirectory())
    throw invalid('workspace', workspace, 'Name an existing folder');
  const answers = yes ? null : await askAll(workspace, context.json);
  const config = path.join(workspace, configName);
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
    if (written && process.stdin.isTTY) used.confirm(used.pins().pins);
    const project = await queue.project();
    const unknown = findUnknown(workspace, context.env)?.storage;
    if (unknown !== undefined)
      writeError(`${unknown} was left alone. Open it instead with: sparkq storage open\n`);
    context.answer({ workspace, storage: location.storage, config, written, project }, [
      `${written ? 'Wrote' : 'Kept'} ${config}`,
      location.before === null
        ? `The queue of ${workspace} is ready`
        : `The queue of this folder when it was ${location.before} is now that of ${workspace}`,
      'Next: sparkq session create NAME',
    ]);
  } finally {
    await close();
  }
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
