/** `sparkq scripts`: list and search. */

import type { Command } from 'commander';
import type { Script } from '../../scripts/scriptFile';
import { openQueueHere } from '../access/openQueue';
import type { CommandContext } from '../context';
import { example } from '../help';
import { required } from '../terminal/errors';
import { stderrLog } from '../terminal/stderrLog';
import { scriptLines } from '../terminal/tables';

export function addScriptCommands(program: Command, context: CommandContext): void {
  const scripts = program
    .command('scripts')
    .description('the scripts of the workspace, by their header comments');
  scripts
    .command('list')
    .description('list the scripts')
    .addHelpText('after', example('sparkq scripts list'))
    .action(async () => {
      const catalogue = await openCatalogue(context);
      const found = catalogue.list();
      context.answer(
        found,
        found.length === 0
          ? 'No scripts found.'
          : [`Scripts (${found.length} total):`, ...scriptLines(found)],
      );
    });
  scripts
    .command('search')
    .description('find scripts by name, description or tag')
    .argument('<query>', 'part of one of them, in any case')
    .option('--tag <tag>', 'only those with this tag')
    .addHelpText('after', example('sparkq scripts search deploy', 'sparkq scripts search "" --tag nightly'))
    .action(async (query: string, options: { tag?: string }) => {
      const catalogue = await openCatalogue(context);
      const found = catalogue.search(
        query.trim(),
        options.tag === undefined ? undefined : required('Tag', options.tag),
      );
      const matches = found.length === 1 ? '1 match' : `${found.length} matches`;
      context.answer(
        found,
        found.length === 0
          ? `No scripts found matching '${query}'.`
          : [`Search results for '${query}' (${matches}):`, ...scriptLines(found)],
      );
    });
}

interface Catalogue {
  list(): Script[];
  search(query: string, tag?: string): Script[];
}

/** Reads the scripts of the queue's folder; only a queue named by its address has to be asked which one that is. */
async function openCatalogue(context: CommandContext): Promise<Catalogue> {
  const workspace = await workspaceHere(context);
  const log = stderrLog(context.env, 'error');
  const [{ ConfigFile }, { ScriptCatalogue }] = await Promise.all([
    import('../../config/configFile'),
    import('../../scripts/catalogue'),
  ]);
  const config = await ConfigFile.open(workspace, log);
  const catalogue = new ScriptCatalogue({ workspace, config, log });
  await catalogue.refresh();
  return catalogue;
}

async function workspaceHere(context: CommandContext): Promise<string> {
  const where = context.find();
  if ('storage' in where) return where.workspace;
  const { queue, close } = await openQueueHere(where, context.env);
  try {
    return await context.workspaceOf(queue);
  } finally {
    await close();
  }
}
