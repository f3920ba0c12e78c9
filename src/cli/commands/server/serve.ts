/** `sparkq serve` and `sparkq run`: the process that owns and serves the queue without an editor. */

import { type Command, Option } from '@commander-js/extra-typings';
import type { OpenQueue } from '../../../client/openQueue';
import { QueueError } from '../../../core/errors';
import type { QueueStatus } from '../../../core/model';
import { servesForGood } from '../../../core/protocol';
import { reachOwner } from '../../access/locate';
import type { CommandContext } from '../../context';
import { choice, example, wholeFrom } from '../../terminal/options';
import { stderrLog } from '../../terminal/stderrLog';

/** Where `run` listens unless a port is configured. */
const usualPort = 8420;

export function addServe(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('serve the queue over HTTP without an editor; prints the address first')
    .option('--port <port>', 'by default the configured one, else any free one', wholeFrom('port', 0, 65_535))
    .addOption(hostOption)
    .addHelpText('after', example('sparkq serve', 'sparkq serve --port 8420'))
    .action(({ port }) => serve(context, (configured) => port ?? configured ?? undefined));
}

export function addRun(program: Command, context: CommandContext): void {
  program
    .command('run')
    .description(`like serve, but by default on port ${usualPort}`)
    .option('--port <port>', `by default the configured one, else ${usualPort}`, wholeFrom('port', 0, 65_535))
    .addOption(hostOption)
    .addOption(new Option('--session <session>', 'accepted and ignored').hideHelp())
    .addHelpText('after', example('sparkq run', 'sparkq run --port 8500'))
    .action(({ port }) => serve(context, (configured) => port ?? configured ?? usualPort));
}

const hostOption = new Option('--host <host>', '127.0.0.1 or localhost; others are refused')
  .default('127.0.0.1')
  .argParser(choice('host', ['127.0.0.1', 'localhost']));

/**
 * Serves the queue, and works on the streams that are to have a worker, until the process is stopped. A command that
 * serves it in passing hands it over, and goes on through this process.
 * @param portOf the port to listen on, from the configured one
 */
async function serve(
  context: CommandContext,
  portOf: (configured: number | null) => number | undefined,
): Promise<void> {
  const { env } = context;
  const target = context.find();
  const running = await reachOwner(target, env);
  if (running !== null && servesForGood(running.role)) throw alreadyRunning(running);
  const stopped = new AbortController();
  void context.untilStopped().then(() => stopped.abort());
  const [{ openWorkspace }, { StreamWorkers }] = await Promise.all([
    import('../../access/openWorkspace'),
    import('../../../runner/streamWorker/streamWorkers'),
  ]);
  const log = stderrLog(env, 'info');
  const open = await openWorkspace(target, env, {
    role: 'serve',
    port: portOf,
    strictPort: true,
    token: env.SPARKQ_TOKEN || undefined,
    onStop: () => stopped.abort(),
    log,
  });
  const { queue, runner, storage, config } = open;
  const workers = new StreamWorkers({ queue, runner, storage, config, log, allowed: () => true });
  try {
    await refuseSecond(queue);
    await open.scanned;
    await workers.start();
    const url = queue.url() ?? '';
    context.answer({ url, pid: process.pid, storage }, `SparkQ server: ${url}`);
    await aborted(stopped.signal);
  } finally {
    workers.dispose();
    await open.close();
  }
}

/**
 * Whose the queue is, only an answer says: an owner that ends just after this process has become its client leaves the
 * queue to it.
 * @throws QueueError `conflict` if another process serves the queue
 */
export async function refuseSecond(queue: Pick<OpenQueue, 'status' | 'role'>): Promise<void> {
  const owner = await queue.status();
  if (queue.role() === 'client') throw alreadyRunning(owner);
}

function alreadyRunning({ pid, role, url }: Pick<QueueStatus, 'pid' | 'role' | 'url'>): QueueError {
  return new QueueError(
    'conflict',
    `SparkQ server already running (PID ${pid})`,
    role === 'serve' || role === 'up'
      ? `Stop it first with: sparkq ${role === 'up' ? 'down' : 'stop'}`
      : `It is served at ${url} by ${role}, which sparkq stop does not end`,
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
