/**
 * An open workspace: an open queue with its configuration, scripts and runner. The database, the server and the runner
 * come with it, so it is loaded only by commands that cannot go through a running owner, or that stay.
 */

import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { type OpenQueue, openQueue } from '../../client/openQueue';
import { Registry } from '../../client/registry';
import { userFolder } from '../../client/userFolder';
import { ConfigFile } from '../../config/configFile';
import { Confirmations } from '../../config/confirmations';
import { ConfirmedConfig } from '../../config/confirmedConfig';
import { placeNow } from '../../config/databasePlace';
import { databaseVariable, parseDatabaseUrl, shownUrl } from '../../config/databaseUrl';
import { ParsedConfigs } from '../../config/parsedConfigs';
import { databasePin, isWrong } from '../../core/config';
import { type Log, silentLog } from '../../core/log';
import type { Origin, OwnerRole } from '../../core/model';
import { oneLine } from '../../core/plainText';
import { hookCaller } from '../../runner/hookCaller';
import { Runner } from '../../runner/runner';
import { ScriptCatalogue } from '../../scripts/catalogue';
import { presentStorage } from '../../store/ownership/movedTo';
import { confirmOnTerminal } from '../terminal/dialogue';
import { stderrLog } from '../terminal/stderrLog';
import { programs, programsBuild, version } from '../version';
import { callerOf } from './caller';
import { filesOf, type QueueLocation, type QueueTarget } from './locate';
import { WorkspaceReloader } from './workspaceReloader';

/** How long a command waits until another one has closed the files, milliseconds. */
const ownerWait = 10_000;

/**
 * How much of a WebAssembly function is executed before V8 optimizes it, bytes; its own limit is 2 to 13 MB. SQLite's
 * interpreter reaches that while a small queue is opened, and optimizing it takes a third of a command's time.
 */
const optimizedAfter = 100_000_000;
/** V8 has that option up to this major version of Node.js at least; where it has not, it prints an error. */
const newestWithOption = 26;

export interface OpenOptions {
  role: OwnerRole;
  /** Who calls; by default whoever the environment says. */
  caller?: Origin;
  /** Serve the queue over HTTP while it is open here. */
  serve: boolean;
  /** The port to serve on, from the configured one. */
  port?: (configured: number | null) => number | undefined;
  /** Refuse to serve on another one. */
  strictPort?: boolean;
  token?: string;
  onStop?: () => void;
  /** Milliseconds for which calls are repeated while the queue changes owners; 10 s by default. */
  waitMs?: number;
  log?: Log;
}

export interface OpenedFiles {
  queue: OpenQueue;
  config: ConfirmedConfig;
  log: Log;
  /** Settles once the scripts have been read, where the queue is served. */
  scanned: Promise<void>;
  close(): Promise<void>;
}

/** Opens the queue and its configuration. Where it is served, both follow the files of the workspace. */
export async function openFiles(
  { workspace, storage: found }: QueueLocation,
  env: NodeJS.ProcessEnv,
  options: OpenOptions,
): Promise<OpenedFiles> {
  // It may have been moved since it was found.
  const storage = presentStorage(found);
  const { role, serve, port, strictPort, token, onStop, waitMs = ownerWait } = options;
  const { caller = callerOf(env), log = stderrLog(env, 'warn') } = options;
  if (!serve) optimizeLater();
  const config = await openConfig(workspace, serve, env, log);
  if (serve) sayWhereLater(config, env, log);
  const scripts = new ScriptCatalogue({ workspace, config, log });
  const reloader = serve ? new WorkspaceReloader(workspace, config, scripts, log) : null;
  const scanned = reloader?.start() ?? Promise.resolve();
  try {
    await agreeOnDatabase(config, env);
    const queue = await openQueue({
      storage,
      workspace,
      role,
      caller,
      config,
      scripts,
      programs,
      log,
      version,
      home: userFolder(env),
      env,
      serve,
      hooks: serve ? hookCaller({ config, workspace, storage, log, allowed: () => true }) : undefined,
      port: port?.(config.current().server.port),
      strictPort,
      token,
      onStop,
      waitMs,
    });
    return {
      queue,
      config,
      log,
      scanned,
      async close() {
        reloader?.close();
        config.dispose();
        await queue.close();
      },
    };
  } catch (error) {
    reloader?.close();
    config.dispose();
    throw error;
  }
}

/** The queue stays where it was opened, whatever sparkq.yml says by now. */
function sayWhereLater(config: ConfirmedConfig, env: NodeJS.ProcessEnv, log: Log): void {
  let known = placeNow(config.current(), env);
  config.onChange(() => {
    const now = placeNow(config.current(), env);
    if (now === undefined || now === known) return;
    known = now;
    log.warn('sparkq.yml has the queue elsewhere now: that counts when this program is started again.');
  });
}

/** Asks whoever is at the terminal; without that, opening the queue is refused, and says what to do. */
async function agreeOnDatabase(config: ConfirmedConfig, env: NodeJS.ProcessEnv): Promise<void> {
  const { database, unconfirmed } = config.current();
  if (!database.url || !unconfirmed.includes(databasePin) || env[databaseVariable]) return;
  const shown = shownUrl(parseDatabaseUrl(database.url));
  const agreed = await confirmOnTerminal(
    oneLine(`sparkq.yml puts this queue on ${shown}. Connect to it, with tasks of others who use it?`),
    false,
  );
  if (agreed) config.confirm({ [databasePin]: config.pins().pins[databasePin] });
}

function optimizeLater(): void {
  if (Number.parseInt(process.versions.node, 10) > newestWithOption) return;
  setFlagsFromString(`--wasm-tiering-budget=${optimizedAfter}`);
}

async function openConfig(
  workspace: string,
  stays: boolean,
  env: NodeJS.ProcessEnv,
  log: Log,
): Promise<ConfirmedConfig> {
  const home = userFolder(env);
  const file = stays ? await ConfigFile.open(workspace, log) : await openOnce(workspace, home, log);
  return new ConfirmedConfig(file, new Confirmations(home, workspace), {
    log,
    // Who calls a command in a folder trusts it.
    trusted: () => true,
    digest: env.SPARKQ_TRUST || undefined,
    follow: stays,
  });
}

/** A single command reports only what is wrong, and so not in effect; `sparkq doctor` reports the rest as well. */
async function openOnce(workspace: string, home: string, log: Log): Promise<ConfigFile> {
  const known = new ParsedConfigs(path.join(home, 'configs'), workspace, programsBuild());
  const config = await ConfigFile.open(workspace, silentLog, known);
  if (isWrong(config.diagnostics())) {
    for (const problem of config.problems()) log.warn(problem);
  }
  return config;
}

export interface OpenWorkspace extends OpenedFiles {
  runner: Runner;
  storage: string;
}

/**
 * Opens a queue for longer than one command: it is served to others, and its running tasks are looked after.
 * @throws QueueError when the queue is one of another machine
 */
export async function openWorkspace(
  target: QueueTarget,
  env: NodeJS.ProcessEnv,
  options: Omit<OpenOptions, 'serve'>,
): Promise<OpenWorkspace> {
  const found = filesOf(target);
  const place = { ...found, storage: presentStorage(found.storage) };
  const opened = await openFiles(place, env, { ...options, serve: true });
  const { queue, config, log } = opened;
  const registry = new Registry(userFolder(env));
  const otherFolders = () => registry.otherFolders(place.workspace);
  const runner = new Runner({ ...place, queue, config, programs, home: userFolder(env), log, otherFolders });
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
