/**
 * What holds a queue's files, serves it or works on it. Loaded only by commands that cannot do with a running owner:
 * the database, the server and the runner come with it.
 */

import { type OpenQueue, openQueue } from '../../client/openQueue';
import { userFolder } from '../../client/userFolder';
import { ConfigFile } from '../../config/configFile';
import { type ConfigSource, isBroken } from '../../core/config';
import { type Log, silentLog } from '../../core/log';
import type { OwnerRole } from '../../core/model';
import { Runner } from '../../runner/runner';
import { StreamWorkers } from '../../runner/streamWorker/streamWorkers';
import { ScriptCatalogue } from '../../scripts/catalogue';
import { alreadyRunning, CommandError } from '../terminal/errors';
import { stderrLog } from '../terminal/stderrLog';
import { programs, version } from '../version';
import type { QueueLocation, QueueTarget } from './locate';
import { WorkspaceReloader } from './workspaceReloader';

/** How long a command waits for another one to let go of the files, milliseconds. */
const ownerWait = 10_000;

export interface OpenOptions {
  role: OwnerRole;
  /** Serve the queue over HTTP while it is open here. */
  serve: boolean;
  /** The port to serve on, from the configured one. */
  port?: (configured: number | null) => number | undefined;
  /** Refuse to serve on another one. */
  strictPort?: boolean;
  token?: string;
  onStop?: () => void;
  log?: Log;
}

/** An open queue and what belongs to its folder. */
export interface OpenedQueue {
  queue: OpenQueue;
  config: ConfigSource;
  log: Log;
  /** When the scripts have been looked for, where the queue is served. */
  scanned: Promise<void>;
  /** Closes the queue, and stops watching the folder. */
  close(): Promise<void>;
}

export async function openLocal(
  place: QueueLocation,
  env: NodeJS.ProcessEnv,
  options: OpenOptions,
): Promise<OpenedQueue> {
  const log = options.log ?? stderrLog(env, 'warn');
  const { workspace, storage } = place;
  const config = await openConfig(workspace, options.serve, log);
  const scripts = new ScriptCatalogue({ workspace, config, log });
  const watch = options.serve ? new WorkspaceReloader(workspace, config, scripts, log) : null;
  const scanned = watch?.start() ?? Promise.resolve();
  try {
    const queue = await openQueue({
      storage,
      workspace,
      role: options.role,
      config,
      scripts,
      programs,
      log,
      version,
      home: userFolder(env),
      serve: options.serve,
      port: options.port?.(config.current().server.port),
      strictPort: options.strictPort,
      token: options.token,
      onStop: options.onStop,
      waitMs: ownerWait,
    });
    return {
      queue,
      config,
      log,
      scanned,
      async close() {
        watch?.close();
        await queue.close();
      },
    };
  } catch (error) {
    watch?.close();
    throw error;
  }
}

/** A single command says only what keeps sparkq.yml from being used; `sparkq doctor` tells of the rest as well. */
async function openConfig(workspace: string, stays: boolean, log: Log): Promise<ConfigFile> {
  if (stays) return ConfigFile.open(workspace, log);
  const config = await ConfigFile.open(workspace, silentLog);
  if (isBroken(config.diagnostics())) {
    for (const problem of config.problems()) log.warn(problem);
  }
  return config;
}

/** An open queue with a runner of its tasks. */
export interface OpenWorkspace extends OpenedQueue {
  runner: Runner;
  storage: string;
}

/** Opens a queue for longer than one command: it is served to others, and its running tasks are looked after. */
export async function openServed(
  place: QueueLocation,
  env: NodeJS.ProcessEnv,
  options: Omit<OpenOptions, 'serve'>,
): Promise<OpenWorkspace> {
  const opened = await openLocal(place, env, { ...options, serve: true });
  const { queue, config, log } = opened;
  const runner = new Runner({ ...place, queue, config, programs, log });
  const adopt = () => {
    if (queue.role() !== 'owner') return;
    void runner.adopt().catch((error: unknown) => log.error('Running tasks could not be taken over.', error));
  };
  queue.onDidChangeRole(adopt);
  adopt();
  return {
    ...opened,
    runner,
    storage: place.storage,
    async close() {
      runner.dispose();
      await opened.close();
    },
  };
}

/** The same, where it is not known yet whether the queue is one of this machine. */
export function openWorkspace(
  where: QueueTarget,
  env: NodeJS.ProcessEnv,
  options: Omit<OpenOptions, 'serve'>,
): Promise<OpenWorkspace> {
  if ('storage' in where) return openServed(where, env, options);
  throw new CommandError('This command works on a queue of this machine, not on one named by SPARKQ_URL', {
    suggestion: 'Unset SPARKQ_URL and run it in the folder of the queue',
  });
}

export interface ServeOptions {
  /** The port to serve on, from the configured one. */
  port: (configured: number | null) => number | undefined;
  /** Aborted when the process is to end. */
  stopped: AbortController;
  onReady: (served: { url: string; pid: number; storage: string }) => void;
}

/** Serves the queue, and works on the streams that want it, until it is told to stop. */
export async function serveWorkspace(
  where: QueueTarget,
  env: NodeJS.ProcessEnv,
  { port, stopped, onReady }: ServeOptions,
): Promise<void> {
  const log = stderrLog(env, 'info');
  const workshop = await openWorkspace(where, env, {
    role: 'serve',
    port,
    strictPort: true,
    token: env.SPARKQ_TOKEN || undefined,
    onStop: () => stopped.abort(),
    log,
  });
  const { queue, runner, storage, config } = workshop;
  const watchers = new StreamWorkers({ queue, runner, storage, config, log, allowed: () => true });
  try {
    if (queue.role() === 'client') throw alreadyRunning((await queue.status()).pid);
    await workshop.scanned;
    await watchers.start();
    onReady({ url: queue.url() ?? '', pid: process.pid, storage });
    await untilAborted(stopped.signal);
  } finally {
    watchers.dispose();
    await workshop.close();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
