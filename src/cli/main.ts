/** The whole command line. What a command needs is loaded when it runs, so that starting stays cheap. */

import { Command, CommanderError, Help, Option } from '@commander-js/extra-typings';
import { QueueError, stackOf } from '../core/errors';
import { onLeftFile } from '../system/heldFiles';
import { addCompletion } from './commands/completion';
import { addBackup, addRestore } from './commands/queue/backup';
import { addDigest } from './commands/queue/digest';
import { addDoctor } from './commands/queue/doctor';
import { addEvents } from './commands/queue/events';
import { addHistory } from './commands/queue/history';
import { addPs } from './commands/queue/ps';
import { addPurge } from './commands/queue/purge';
import { addSetup } from './commands/queue/setup';
import { addStatus } from './commands/queue/status';
import { addTrust } from './commands/queue/trust';
import { addSchedule } from './commands/schedule';
import { addScripts } from './commands/scripts';
import { addOpen } from './commands/server/open';
import { addReload } from './commands/server/reload';
import { addRun, addServe } from './commands/server/serve';
import { addService } from './commands/server/service';
import { addStop } from './commands/server/stop';
import { addDown, addUp } from './commands/server/up';
import { addPause, addResume } from './commands/streams/pause';
import { addSession } from './commands/streams/session';
import { addStream } from './commands/streams/stream';
import { addAdd, addName } from './commands/tasks/add';
import { addAnswer } from './commands/tasks/answer';
import { addApprove, addDeny } from './commands/tasks/approve';
import { addBatch } from './commands/tasks/batch';
import { addCancel } from './commands/tasks/cancel';
import { addDelete, addUndelete } from './commands/tasks/delete';
import { addEdit } from './commands/tasks/edit';
import { addEnqueue } from './commands/tasks/enqueue';
import { addMove } from './commands/tasks/move';
import { addOutput } from './commands/tasks/output';
import { addPark, addUnpark } from './commands/tasks/park';
import { addRequeue } from './commands/tasks/requeue';
import { addReview } from './commands/tasks/review';
import { addContinue, addSignal, addSuspend } from './commands/tasks/suspend';
import { addTask } from './commands/tasks/task';
import { addTasks } from './commands/tasks/tasks';
import { addWait } from './commands/tasks/wait';
import { addTools } from './commands/tools';
import { addAgents } from './commands/workers/agents';
import { addAsk } from './commands/workers/ask';
import { addClaim } from './commands/workers/claim';
import { addComplete } from './commands/workers/complete';
import { addFail } from './commands/workers/fail';
import { addHeartbeat } from './commands/workers/heartbeat';
import { addMcp } from './commands/workers/mcp';
import { addPeek } from './commands/workers/peek';
import { addWatch } from './commands/workers/watch';
import { CommandContext } from './context';
import { withCommandSeparated } from './terminal/commandWords';
import { describeError, exitCodes } from './terminal/errors';
import { example } from './terminal/options';
import { stderrLog } from './terminal/stderrLog';
import { flushed, writeError, writeOut } from './terminal/streams';
import { version } from './version';

type AddCommand = (program: Command, context: CommandContext) => void;

/** All commands, in the groups and the order of `sparkq --help`. */
const commandGroups: Readonly<Record<string, readonly AddCommand[]>> = {
  'Queue:': [
    ...[addSetup, addStatus, addPs, addDoctor, addTrust, addDigest, addEvents],
    ...[addPurge, addHistory, addBackup, addRestore],
  ],
  'Sessions and streams:': [addSession, addStream, addPause, addResume],
  'Tasks:': [
    ...[
      addAdd,
      addEnqueue,
      addTasks,
      addTask,
      addOutput,
      addWait,
      addEdit,
      addMove,
      addPark,
      addUnpark,
      addAnswer,
      addApprove,
      addDeny,
    ],
    ...[addBatch, addSchedule, addCancel, addSuspend, addContinue, addSignal],
    ...[addRequeue, addReview, addDelete, addUndelete],
  ],
  'Workers:': [addWatch, addPeek, addClaim, addHeartbeat, addAsk, addComplete, addFail, addMcp, addAgents],
  'Server:': [addUp, addDown, addService, addServe, addRun, addStop, addReload, addOpen],
  'Other:': [addScripts, addTools, addCompletion],
};

/** Listed by --help only: if commander knew it, it would also take it out of the texts that commands are given. */
const versionOption = new Option('-V, --version', 'print the version');

/** The program with all its commands. */
export function buildProgram(env: NodeJS.ProcessEnv): { program: Command; context: CommandContext } {
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
  for (const [heading, commands] of Object.entries(commandGroups)) {
    program.commandsGroup(heading);
    for (const add of commands) add(program, context);
  }
  program.helpCommand('help [command]', 'show help for a command');
  return { program, context };
}

/** Does what the command line says, then ends the process. */
export async function main(argv: readonly string[]): Promise<void> {
  const { program, context } = buildProgram(process.env);
  context.catchSignals();
  onLeftFile(stderrLog(process.env, 'warn').warn);
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
    await program.parseAsync(withCommandSeparated(program, argv, [addName]), { from: 'user' });
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
