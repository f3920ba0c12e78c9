/** The whole command line. What a command needs is loaded when it runs, so that starting stays cheap. */

import { Command, CommanderError, Help, Option } from 'commander';
import { stackOf } from '../core/errors';
import { addBackupCommands } from './backup';
import { addChangeCommands } from './change';
import { addCompletionCommand } from './completion';
import { CommandContext } from './context';
import { addDoctorCommand } from './doctor';
import { addEnqueueCommand } from './enqueue';
import { describeError, exitCodes } from './errors';
import { addEventsCommand } from './events';
import { example } from './help';
import { addPurgeCommand } from './purge';
import { addScriptCommands } from './scripts';
import { addServerCommands } from './server';
import { addSessionCommands } from './session';
import { addSetupCommand } from './setup';
import { stderrLog } from './stderrLog';
import { addStreamCommands } from './stream';
import { addTaskCommands } from './tasks';
import { endQuietlyOnClosedPipe, flushed, writeError, writeOut } from './terminal';
import { addToolCommands } from './tools';
import { version } from './version';
import { addWaitCommand } from './wait';
import { addWatchCommand } from './watch';
import { addWorkCommands } from './work';

/** Only explained: an option that the parser knows would be found in the texts that commands are given as well. */
const versionOption = new Option('-V, --version', 'print the version');

/** The program with all its commands. */
export function buildProgram(env: NodeJS.ProcessEnv): { program: Command; context: CommandContext } {
  const program = new Command('sparkq');
  const context = new CommandContext(program, env);
  program
    .description(
      'A durable task queue: queue scripts and prompts into streams, walk away, review the results later.',
    )
    .helpOption('-h, --help', 'explain a command')
    .option('--json', 'print one JSON value on stdout, and nothing else')
    .option(
      '--workspace <folder>',
      'the folder whose queue is meant; by default the current one or one above it',
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
  addSetupCommand(program, context);
  addServerCommands(program, context);
  addSessionCommands(program, context);
  addStreamCommands(program, context);
  addEnqueueCommand(program, context);
  addWorkCommands(program, context);
  addTaskCommands(program, context);
  addChangeCommands(program, context);
  addScriptCommands(program, context);
  addToolCommands(program, context);
  addWatchCommand(program, context);
  addWaitCommand(program, context);
  addEventsCommand(program, context);
  addPurgeCommand(program, context);
  addBackupCommands(program, context);
  addDoctorCommand(program, context);
  addCompletionCommand(program, context);
  return { program, context };
}

/** Does what the command line says, then ends the process. */
export async function main(argv: readonly string[]): Promise<void> {
  endQuietlyOnClosedPipe();
  const { program, context } = buildProgram(process.env);
  context.catchSignals();
  const exitCode = await run(program, context, argv);
  await flushed();
  process.exit(exitCode);
}

async function run(program: Command, context: CommandContext, argv: readonly string[]): Promise<number> {
  if (argv.length === 0) {
    program.outputHelp();
    return exitCodes.done;
  }
  if (argv[0] === versionOption.short || argv[0] === versionOption.long) {
    writeOut(`${version}\n`);
    return exitCodes.done;
  }
  try {
    await program.parseAsync(argv, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    const { lines, exitCode } = describeError(error);
    writeError(`${lines.join('\n')}\n`);
    stderrLog(context.env, 'warn').debug(stackOf(error));
    return exitCode;
  }
}
