/** `sparkq scripts`: list and search. */

import type { Command } from '@commander-js/extra-typings';
import type { ScriptCatalogue } from '../../scripts/catalogue';
import type { CommandContext } from '../context';
import { example, nonBlank } from '../terminal/options';
import { stderrLog } from '../terminal/stderrLog';
import { scriptLines } from '../terminal/tables';

export function addScripts(program: Command, context: CommandContext): void {
  const scripts = program.command('scripts').description('list and search the scripts of the workspace');
  scripts
    .command('list')
    .description('list the scripts of the workspace')
    .addHelpText('after', example('sparkq scripts list'))
    .action(async () => {
      const found = (await openCatalogue(context)).list();
      context.answerList(found, 'No scripts found.', () => [
        `Scripts (${found.length} total):`,
        ...scriptLines(found),
      ]);
    });
  scripts
    .command('search')
    .description('find scripts by name, description or tag')
    .argument('<query>', 'text to look for; case does not matter')
    .option('--tag <tag>', 'only scripts with this tag', nonBlank('Tag'))
    .addHelpText('after', example('sparkq scripts search deploy', 'sparkq scripts search "" --tag nightly'))
    .action(async (query, { tag }) => {
      const found = (await openCatalogue(context)).search(query.trim(), tag);
      const matches = found.length === 1 ? '1 match' : `${found.length} matches`;
      context.answerList(found, `No scripts found matching '${query}'.`, () => [
        `Search results for '${query}' (${matches}):`,
        ...scriptLines(found),
      ]);
    });
}

/** The scripts of the queue's folder, whether or not the queue is open. */
async function openCatalogue(context: CommandContext): Promise<ScriptCatalogue> {
  const workspace = await context.findWorkspace();
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
