/** `sparkq watch`: works on one stream without an editor. */

import type { Command } from 'commander';
import { QueueError } from '../../core/errors';
import { isId } from '../../core/ids';
import type { Task } from '../../core/model';
import type { Queue } from '../../core/queue';
import type { RunHandle } from '../../runner/activeRun';
import type { PidLock } from '../../system/pidLock';
import type { QueueLocation } from '../access/locate';
import type { CommandContext } from '../context';
import { example } from '../help';
import { exitCodes, required } from '../terminal/errors';
import { paintStatus } from '../terminal/streams';

interface WatchOptions {
  once?: boolean;
  now?: boolean;
}

export function addWatchCommand(program: Command, context: CommandContext): void {
  program
    .command('watch')
    .description('do the tasks of a stream in order, as they come, until Ctrl-C')
    .argument('<stream>', 'its name or id; it need not exist yet')
    .option('--once', 'do one task, if there is one, and end')
    .option('--now', 'when stopped, cancel the running task instead of letting it end')
    .addHelpText('after', example('sparkq watch auth', 'sparkq watch auth --once'))
    .action((given: string, options: WatchOptions) => watch(context, required('Stream', given), options));
}

async function watch(context: CommandContext, given: string, options: WatchOptions): Promise<void> {
  const where = context.find();
  const lock = 'url' in where || isId(given) ? undefined : await lockEarly(where, given);
  // While the queue is being opened nothing runs that would have to end first.
  void context.untilStopped().then(() => process.exit(exitCodes.done));
  const { openWorkspace } = await import('../access/openWorkspace');
  const workshop = await openWorkspace(where, context.env, { role: 'watch' });
  const done = { stream: given, succeeded: 0, failed: 0 };
  try {
    const { StreamWorker } = await import('../../runner/streamWorker/streamWorker');
    const { queue, runner, storage, config, log } = workshop;
    const stream = await nameOf(queue, given);
    done.stream = stream;
    const watcher = new StreamWorker({
      queue,
      runner,
      storage,
      stream,
      config,
      log,
      lock,
      once: options.once,
    });
    runner.onRun((run) => follow(run, context, done));
    watcher.start();
    context.say(`Watching stream '${stream}' (PID ${process.pid})`);
    void stopWhenAsked(context, watcher, options.now === true);
    await watcher.done;
  } finally {
    await workshop.close();
  }
  if (context.json) context.answer(done, '');
}

/** Locks the stream before the queue is opened, which takes longer than a second stream worker should have to wait. */
async function lockEarly({ storage }: QueueLocation, stream: string): Promise<PidLock> {
  const { lockStream } = await import('../../runner/streamWorker/streamWorkerLock');
  const lock = lockStream(storage, stream);
  process.once('exit', () => lock.release());
  return lock;
}

/** The lock goes by the name of a stream, whether it was named or its id was given. It need not exist yet. */
async function nameOf(queue: Queue, given: string): Promise<string> {
  try {
    return (await queue.getStream(given)).name;
  } catch (error) {
    if (QueueError.is(error, 'not_found')) return given;
    throw error;
  }
}

/** The first signal lets what runs end, unless `now` says otherwise; a second one cancels it. */
async function stopWhenAsked(
  context: CommandContext,
  watcher: { stop(how: { now: boolean }): Promise<void> },
  now: boolean,
): Promise<void> {
  await context.untilStopped();
  void watcher.stop({ now });
  if (!now) context.say('Stopping when the running task has ended; once more to cancel it');
  await context.untilStopped();
  void watcher.stop({ now: true });
}

function follow(run: RunHandle, context: CommandContext, done: { succeeded: number; failed: number }): void {
  context.say(
    `Task ${run.task.id} ${run.adopted ? 'goes on' : 'started'}: ${run.task.label ?? run.task.tool_name}`,
  );
  run.onEnd((task) => {
    if (task.status === 'succeeded') done.succeeded += 1;
    if (task.status === 'failed') done.failed += 1;
    context.say(endLine(task));
  });
}

function endLine(task: Task): string {
  const remark = task.status === 'succeeded' ? task.result_summary : task.error;
  return `Task ${task.id} ${paintStatus(task.status)}${remark === null ? '' : `: ${remark}`}`;
}
