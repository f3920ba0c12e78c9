/** `sparkq scripts`: list and search. */

import type { Command } from '@commander-js/extra-typings';
import { oneLine } from '../../core/plainText';
import type { ScriptCatalogue } from '../../scripts/catalogue';
import type { Script } from '../../scripts/scriptFile';
import {
  type NamedCommand,
  type SourceName,
  type SourceNote,
  sourceNames,
} from '../../scripts/sources/namedCommand';
import { noteText } from '../../scripts/sources/sourceTexts';
import type { CommandContext } from '../context';
import { choice, example, nonBlank } from '../terminal/options';
import { stderrLog } from '../terminal/stderrLog';
import { namedCommandTable, scriptLines } from '../terminal/tables';

const sources = ['script', ...sourceNames] as const;

/** Notes that are printed. */
const mostNotes = 10;

export function addScripts(program: Command, context: CommandContext): void {
  const scripts = program.command('scripts').description('list and search the scripts of the workspace');
  scripts
    .command('list')
    .description('list the scripts of the workspace, and what other files in it name to run')
    .option('--source <source>', `only ${sources.join(', ')}`, choice('Source', sources))
    .addHelpText('after', example('sparkq scripts list', 'sparkq scripts list --source npm'))
    .action(async ({ source }) => {
      const catalogue = await openCatalogue(context);
      const isWanted = (one: Script | { source: SourceName }) =>
        source === undefined || ('source' in one ? one.source : 'script') === source;
      context.answerList(catalogue.everything().filter(isWanted), 'No scripts found.', () =>
        listLines(catalogue.list().filter(isWanted), catalogue.namedCommands().filter(isWanted)),
      );
      const notes = catalogue.notes().filter(isWanted);
      if (notes.length > 0) context.say(noteLines(notes));
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

function listLines(scripts: readonly Script[], commands: readonly NamedCommand[]): string[] {
  const own = scripts.length > 0 ? [`Scripts (${scripts.length} total):`, ...scriptLines(scripts)] : [];
  if (commands.length === 0) return own;
  const between = own.length > 0 ? [''] : [];
  return [...own, ...between, `From other files (${commands.length} total):`, ...namedCommandTable(commands)];
}

function noteLines(notes: readonly SourceNote[]): string[] {
  const lines = notes
    .slice(0, mostNotes)
    .map((note) => oneLine(`${note.path}:${note.line_number}: ${noteText(note)}`));
  const more = notes.length - lines.length;
  return ['', 'Not listed:', ...lines, ...(more > 0 ? [`and ${more} more`] : [])];
}
