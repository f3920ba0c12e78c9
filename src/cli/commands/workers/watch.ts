/** `sparkq watch`: runs the tasks of one stream without an editor. */

import type { Command } from '@commander-js/extra-typings';
import { QueueError } from '../../../core/errors';
import { isId } from '../../../core/ids';
import { oneLine } from '../../../core/plainText';
import type { Queue } from '../../../core/queue';
import { nameOfTask } from '../../../core/taskName';
import type { RunHandle } from '../../../runner/activeRun';
import type { PidLock } from '../../../system/pidLock';
import type { QueueLocation } from '../../access/locate';
import type { CommandContext } from '../../context';
import { exitCodes } from '../../terminal/errors';
import { example, nonBlank } from '../../terminal/options';
import { ProgressLine } from '../../terminal/progressLine';
import { endLine } from '../../terminal/tables';
import { WatchProgress } from './watchProgress';
import { type IdleReason, whyIdle } from './whyIdle';

export function addWatch(program: Command, context: CommandContext): void {
  program
    .command('watch')
    .description("run a stream's tasks in order as they arrive, until Ctrl+C")
    .argument('<stream>', 'name or id; it need not exist yet', nonBlank('Stream'))
    .option('--once', 'run one task, if there is one, then exit')
    .option('--now', 'when stopped, cancel the running task instead of letting it finish')
    .addHelpText('after', example('sparkq watch auth', 'sparkq watch auth --once'))
    .action((given, { once = false, now = false }) => watch(context, given, once, now));
}

/** Prints a line for people, which stays. */
type Say = (text: string) => void;

const nowhere = { write: () => undefined };

async function watch(context: CommandContext, given: string, once: boolean, now: boolean): Promise<void> {
  const target = context.find();
  // While the queue is being opened, no task runs that would have to finish first.
  void context.untilStopped().then(() => process.exit(exitCodes.done));
  const lock = 'url' in target || isId(given) ? undefined : await lockEarly(target, given);
  const { openWorkspace } = await import('../../access/openWorkspace');
  const open = await openWorkspace(target, context.env, { role: 'watch' });
  const done: WatchAnswer = { stream: given, succeeded: 0, failed: 0 };
  try {
    const stream = isId(given) ? await nameOf(open.queue, given) : given;
    done.stream = stream;
    const { StreamWorker } = await import('../../../runner/streamWorker/streamWorker');
    const { queue, runner, storage, config, log } = open;
    const worker = new StreamWorker({ queue, runner, storage, stream, config, log, lock, once });
    let started = false;
    const line = new ProgressLine(context.json ? nowhere : process.stderr);
    const progress = new WatchProgress(queue, stream, line);
    const say: Say = (text) => progress.above(() => context.say(text));
    runner.onRun((run) => {
      started = true;
      progress.begin(run.task);
      run.onEnd((task) => progress.end(task));
      follow(run, say, done);
    });
    worker.start();
    say(`Watching stream '${stream}' (PID ${process.pid})`);
    void stopWhenAsked(context, say, worker, now);
    await worker.done.finally(() => progress.stop());
    if (once && !started) {
      const idle = await whyIdle(queue, stream);
      context.say(idle.text);
      done.reason = idle.reason;
    }
  } finally {
    await open.close();
  }
  if (context.json) context.answer(done, '');
}

/** What `--json` prints. */
interface WatchAnswer {
  stream: string;
  succeeded: number;
  failed: number;
  /** Why `--once` found nothing to run. */
  reason?: IdleReason;
}

/** Locks the stream before the queue is opened, which takes longer than a second stream worker should have to wait. */
async function lockEarly({ storage }: QueueLocation, stream: string): Promise<PidLock> {
  const { lockStream } = await import('../../../store/streamWorkerLock');
  const lock = lockStream(storage, stream);
  process.once('exit', () => lock.release());
  return lock;
}

/** The lock is named after the stream. A stream that does not exist has no name. */
async function nameOf(queue: Queue, id: string): Promise<string> {
  try {
    return (await queue.getStream(id)).name;
  } catch (error) {
    if (QueueError.is(error, 'not_found')) return id;
    throw error;
  }
}

/** The first signal lets the running task finish, unless `now`; a second one cancels it. */
async function stopWhenAsked(
  context: CommandContext,
  say: Say,
  worker: { stop(how: { now: boolean }): Promise<void> },
  now: boolean,
): Promise<void> {
  await context.untilStopped();
  void worker.stop({ now });
  if (!now) say('Stopping once the running task has finished; press Ctrl+C again to cancel it');
  await context.untilStopped();
  void worker.stop({ now: true });
}

function follow(run: RunHandle, say: Say, done: WatchAnswer): void {
  say(oneLine(`Task ${run.task.id} ${run.adopted ? 'continues' : 'started'}: ${nameOfTask(run.task)}`));
  run.onEnd((task) => {
    if (task.status === 'succeeded') done.succeeded += 1;
    if (task.status === 'failed') done.failed += 1;
    say(endLine(task));
  });
}
