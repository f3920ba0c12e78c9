/** `sparkq serve` and `sparkq run`: the process that owns and serves the queue without an editor. */

import { type Command, Option } from '@commander-js/extra-typings';
import { QueueError } from '../../../core/errors';
import { invalid, invalidChoice } from '../../../core/refusals';
import { reachOwner } from '../../access/locate';
import type { CommandContext } from '../../context';
import { example, parseInteger } from '../../terminal/options';
import { stderrLog } from '../../terminal/stderrLog';

/** Where `run` listens unless a port is configured. */
const usualPort = 8420;
const loopbackHosts = ['127.0.0.1', 'localhost', '::1'];

export function addServe(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('serve the queue over HTTP without an editor; prints the address first')
    .option('--port <port>', 'by default the configured one, else any free one', parsePort)
    .addOption(hostOption)
    .addHelpText('after', example('sparkq serve', 'sparkq serve --port 8420'))
    .action(({ port }) => serve(context, (configured) => port ?? configured ?? undefined));
}

export function addRun(program: Command, context: CommandContext): void {
  program
    .command('run')
    .description(`like serve, but by default on port ${usualPort}`)
    .option('--port <port>', `by default the configured one, else ${usualPort}`, parsePort)
    .addOption(hostOption)
    .addOption(new Option('--session <session>', 'accepted and ignored').hideHelp())
    .addHelpText('after', example('sparkq run', 'sparkq run --port 8500'))
    .action(({ port }) => serve(context, (configured) => port ?? configured ?? usualPort));
}

const hostOption = new Option('--host <host>', 'a loopback address')
  .default('127.0.0.1')
  .argParser((host) => {
    if (!loopbackHosts.includes(host)) throw invalidChoice('host', host, loopbackHosts);
    return host;
  });

function parsePort(text: string): number {
  const port = parseInteger(text);
  if (port < 0 || port > 65_535) throw invalid('port', text, 'Provide a number from 0 to 65535');
  return port;
}

/**
 * Serves the queue, and works on the streams that are to have a worker, until the process is stopped.
 * @param portOf the port to listen on, from the configured one
 */
async function serve(
  context: CommandContext,
  portOf: (configured: number | null) => number | undefined,
): Promise<void> {
  const { env } = context;
  const target = context.find();
  const running = await reachOwner(target, env);
  if (running !== null) throw alreadyRunning(running.pid);
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
    if (queue.role() === 'client') throw alreadyRunning((await queue.status()).pid);
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

function alreadyRunning(pid: number): QueueError {
  return new QueueError(
    'conflict',
    `SparkQ server already running (PID ${pid})`,
    'Stop it first with: sparkq stop',
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
