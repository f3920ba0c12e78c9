/** The process that serves the queue: serve, run, stop, status, reload, open. */

import { type Command, Option } from 'commander';
import { isBroken } from '../../core/config';
import { reachOwner } from '../access/locate';
import type { CommandContext } from '../context';
import { example } from '../help';
import { alreadyRunning, CommandError, invalid, wrongState } from '../terminal/errors';
import { parseInteger } from '../terminal/values';
import { version } from '../version';
import { readStatus, statusLine } from './status';

interface ServeOptions {
  port?: number;
  host?: string;
  session?: string;
}

/** Where `run` serves when nothing else is said. */
const usualPort = 8420;
const loopbackHosts = ['127.0.0.1', 'localhost', '::1'];

export function addServerCommands(program: Command, context: CommandContext): void {
  addServe(program, context);
  addRun(program, context);
  addStop(program, context);
  addStatus(program, context);
  addReload(program, context);
  addOpen(program, context);
}

function addServe(program: Command, context: CommandContext): void {
  program
    .command('serve')
    .description('serve the queue over HTTP, without an editor; the first line is the address')
    .option('--port <port>', 'by default the configured one, else any free one', parseInteger)
    .option('--host <host>', 'a loopback address', '127.0.0.1')
    .addHelpText('after', example('sparkq serve', 'sparkq serve --port 8420'))
    .action((options: ServeOptions) => serve(context, options, (configured) => configured ?? undefined));
}

function addRun(program: Command, context: CommandContext): void {
  program
    .command('run')
    .description(`the same as serve, on the configured port, else ${usualPort}`)
    .option('--port <port>', `by default the configured one, else ${usualPort}`, parseInteger)
    .option('--host <host>', 'a loopback address', '127.0.0.1')
    .addOption(new Option('--session <session>', 'accepted and ignored').hideHelp())
    .addHelpText('after', example('sparkq run', 'sparkq run --port 8500'))
    .action((options: ServeOptions) => serve(context, options, (configured) => configured ?? usualPort));
}

async function serve(
  context: CommandContext,
  options: ServeOptions,
  usual: (configured: number | null) => number | undefined,
): Promise<void> {
  const { host = '127.0.0.1', port } = options;
  if (!loopbackHosts.includes(host)) throw invalid('host', host, { validOptions: loopbackHosts });
  if (port !== undefined && (port < 0 || port > 65_535)) throw invalid('port', String(port));
  const running = await reachOwner(context.find(), context.env);
  if (running !== null) throw alreadyRunning(running.pid);
  const stopped = new AbortController();
  void context.untilStopped().then(() => stopped.abort());
  const { serveWorkspace } = await import('../access/openWorkspace');
  await serveWorkspace(context.find(), context.env, {
    port: (configured) => port ?? usual(configured),
    stopped,
    onReady: ({ url, pid, storage }) => context.answer({ url, pid, storage }, `SparkQ server: ${url}`),
  });
}

function addStop(program: Command, context: CommandContext): void {
  program
    .command('stop')
    .description('end the process that run or serve has started; never an editor')
    .addHelpText('after', example('sparkq stop'))
    .action(async () => {
      const { stopOwner } = await import('./stop');
      const owner = await reachOwner(context.find(), context.env);
      if (owner === null) throw wrongState('Stop', 'stopped', 'sparkq run');
      await stopOwner(owner);
      context.answer({ stopped: true, pid: owner.pid }, 'SparkQ server stopped');
    });
}

function addStatus(program: Command, context: CommandContext): void {
  program
    .command('status')
    .description('say whether the queue is served, by whom and where')
    .addHelpText('after', example('sparkq status', 'sparkq status --json'))
    .action(async () => {
      const status = await readStatus(context.find(), context.env, context.json);
      context.answer(status, statusLine(status));
    });
}

function addReload(program: Command, context: CommandContext): void {
  program
    .command('reload')
    .description('read sparkq.yml again, in the process that serves the queue')
    .addHelpText('after', example('sparkq reload'))
    .action(() =>
      context.withQueue(async (queue) => {
        await queue.reload();
        const { problems, diagnostics } = await queue.config();
        if (isBroken(diagnostics)) {
          throw new CommandError(`Configuration error: ${problems.join('\n')}`, {
            suggestion: 'Check sparkq.yml',
          });
        }
        context.answer({ reloaded: true, problems }, ['Tool registry reloaded', ...problems]);
      }),
    );
}

const pages = ['dashboard', 'docs'] as const;

function addOpen(program: Command, context: CommandContext): void {
  program
    .command('open')
    .description('open a page of the server in the browser')
    .argument('[page]', pages.join(', '), 'docs')
    .addHelpText('after', example('sparkq open dashboard', 'sparkq open docs'))
    .action(async (page: string) => {
      const owner = await reachOwner(context.find(), context.env);
      if (owner === null) throw wrongState('Open', 'stopped', 'sparkq run');
      const { openInBrowser } = await import('./browser');
      const { RemoteQueue } = await import('../../client/remote/remoteQueue');
      const url = await new RemoteQueue({ ...owner, version }).ticketUrl(`/${page}`);
      const opened = context.json ? false : await openInBrowser(url);
      context.answer({ url, opened }, opened ? `Opened ${url}` : url);
    });
}
