/** The whole command line. What a command needs is loaded when it runs, so that starting stays cheap. */

import { Command, CommanderError, Help, Option } from '@commander-js/extra-typings';
import { QueueError, stackOf } from '../core/errors';
import { onLeftFile } from '../system/heldFiles';
import { commandGroups } from './commandTable';
import { CommandContext } from './context';
import { nextWord, withCommandSeparated } from './terminal/commandWords';
import { describeError, exitCodes } from './terminal/errors';
import { example } from './terminal/options';
import { stderrLog } from './terminal/stderrLog';
import { flushed, writeError, writeOut } from './terminal/streams';
import { version } from './version';

/** Its script is made from all commands. */
const completionName = 'completion';

/** Listed by --help only: if commander knew it, it would also take it out of the texts that commands are given. */
const versionOption = new Option('-V, --version', 'print the version');

/** The program with the command that a command line names, which is then the only one that is loaded; else with all. */
export async function buildProgram(
  env: NodeJS.ProcessEnv,
  argv: readonly string[] = [],
): Promise<{ program: Command; context: CommandContext }> {
  const program = new Command('sparkq');
  const context = new CommandContext(program, env);
  program
    .description('A durable task queue: queue scripts and prompts, walk away, review the results later.')
    .helpOption('-h, --help', 'show help')
    .option('--json', 'print one JSON value on stdout, and nothing else')
    .option(
      '--workspace <folder>',
      'the folder whose queue to use; by default the current one or the nearest above it that has a queue',
    )
    .configureHelp({
      showGlobalOptions: true,
      helpWidth: 100,
      visibleOptions: (command) => {
        const shown = new Help().visibleOptions(command);
        return command === program ? [versionOption, ...shown] : shown;
      },
    })
    .configureOutput({
      writeOut,
      writeErr: writeError,
      outputError: (text, write) => write(text.replace(/^error: /, 'Error: ')),
    })
    .exitOverride()
    .addHelpText('after', example('sparkq setup', 'sparkq session create api-v2', 'sparkq enqueue --help'));
  const wanted = commandIn(program, argv);
  for (const [heading, commands] of Object.entries(commandGroups)) {
    program.commandsGroup(heading);
    for (const [name, load] of Object.entries(commands)) {
      if (wanted === undefined || name === wanted) (await load())(program, context);
    }
  }
  program.helpCommand('help [command]', 'show help for a command');
  return { program, context };
}

/** The one command that a command line needs; undefined where that may be any. */
function commandIn(program: Command, argv: readonly string[]): string | undefined {
  const name = argv[nextWord(program, argv, 0)];
  if (name === undefined || name === completionName) return undefined;
  return Object.values(commandGroups).some((group) => Object.hasOwn(group, name)) ? name : undefined;
}

/** Does what the command line says, then ends the process. */
export async function main(argv: readonly string[]): Promise<void> {
  const [first] = argv;
  if (first === versionOption.short || first === versionOption.long) {
    writeOut(`${version}\n`);
    return flushed();
  }
  const { program, context } = await buildProgram(process.env, argv);
  context.catchSignals();
  onLeftFile(stderrLog(process.env, 'warn').warn);
  const exitCode = await run(program, context, argv);
  await flushed();
  process.exit(exitCode);
}

/** Does what the command line says; gives the exit code. */
export async function run(
  program: Command,
  context: CommandContext,
  argv: readonly string[],
): Promise<number> {
  if (argv.length === 0) {
    program.outputHelp();
    return exitCodes.done;
  }
  try {
    await program.parseAsync(withCommandSeparated(program, argv, ['add']), { from: 'user' });
    return context.exitCode;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    const error = firstRefusal(thrown, program.args[0] ?? '', context);
    const { lines, exitCode } = describeError(error);
    writeError(`${lines.join('\n')}\n`);
    stderrLog(context.env, 'warn').debug(stackOf(error));
    return exitCode;
  }
}

/** The commands that need no queue. */
const queueless = ['setup', 'completion', 'agents', 'ps'];

/** Options are validated before the queue is looked up; that there is none is still reported first. */
function firstRefusal(thrown: unknown, command: string, context: CommandContext): unknown {
  if (!QueueError.is(thrown, 'invalid_field', 'missing_field') || queueless.includes(command)) return thrown;
  try {
    context.find();
    return thrown;
  } catch (error) {
    return error;
  }
}
