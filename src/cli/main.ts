/** The whole command line. What a command needs is loaded when it runs, so that starting stays cheap. */

import { Command, CommanderError, Help, Option } from 'commander';
import { stackOf } from '../core/errors';
import { addBackupCommands } from './commands/backup';
import { addChangeCommands } from './commands/change';
import { addCompletionCommand } from './commands/completion';
import { addDoctorCommand } from './commands/doctor';
import { addEnqueueCommand } from './commands/enqueue';
import { addEventsCommand } from './commands/events';
import { addPurgeCommand } from './commands/purge';
import { addScriptCommands } from './commands/scripts';
import { addServerCommands } from './commands/server';
import { addSessionCommands } from './commands/session';
import { addSetupCommand } from './commands/setup';
import { addStreamCommands } from './commands/stream';
import { addTaskCommands } from './commands/tasks';
import { addToolCommands } from './commands/tools';
import { addWaitCommand } from './commands/wait';
import { addWatchCommand } from './commands/watch';
import { addWorkCommands } from './commands/work';
import { CommandContext } from './context';
import { example } from './help';
import { describeError, exitCodes } from './terminal/errors';
import { stderrLog } from './terminal/stderrLog';
import { endQuietlyOnClosedPipe, flushed, writeError, writeOut } from './terminal/streams';
import { version } from './version';

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
