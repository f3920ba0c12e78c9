/**
 * Calls the hooks of the configuration: a program that gets on standard input what has happened, as JSON. Its failure is
 * logged, and nothing else depends on it.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Clock, systemClock } from '../core/clock';
import { type ConfigSource, hookOf } from '../core/config';
import { messageOf } from '../core/errors';
import { taskJson } from '../core/exactJson';
import { randomHex } from '../core/ids';
import type { Log } from '../core/log';
import { printableJson } from '../core/plainText';
import type { HookCaller, HookEvent } from '../store/operations/hookEvents';
import { type Command, commandOfWords } from './command/command';
import { errorLine } from './errorLine';
import { scriptEnv, variablesOfRuns } from './supervisor/childEnv';
import { treeOf } from './supervisor/processTree';

export interface HookPlace {
  config: ConfigSource;
  workspace: string;
  /** The storage folder. */
  storage: string;
  log: Log;
  /** Whether anything of the workspace may be run. */
  allowed: () => boolean;
  clock?: Clock;
}

/** How long a hook may run, and how long it may take to end when it is asked to; milliseconds. */
const limit = 60_000;
const grace = 2_000;
/** Of what it writes to stderr, so many characters are kept. */
const keptText = 4_000;

/** What calls the hooks of a workspace. */
export function hookCaller(place: HookPlace): HookCaller {
  return async (event) => {
    const { config, log, allowed, workspace } = place;
    // Looked up now: it may have been changed since, and then waits.
    const words = hookOf(config.current(), event.hook);
    if (words === null || !allowed()) return;
    try {
      const command = await commandOfWords(words, workspace, inputOf(event));
      const failure = await run(event, command, place);
      if (failure === null) log.debug(`The hook ${nameOf(event)} has ended.`);
      else log.warn(`The hook ${nameOf(event)} failed: ${failure}`);
    } catch (error) {
      log.warn(`The hook ${nameOf(event)} could not be started: ${messageOf(error)}`);
    }
  };
}

function nameOf(event: HookEvent): string {
  return event.hook === 'on_idle' ? event.hook : `${event.hook} of ${event.task.id}`;
}

function inputOf(event: HookEvent): string {
  return `${printableJson(event.hook === 'on_idle' ? event.counts : taskJson(event.task), 0)}\n`;
}

/** Why it failed; null where it did not. */
async function run(event: HookEvent, command: Command, place: HookPlace): Promise<string | null> {
  const { clock = systemClock, workspace, storage } = place;
  const marker = { SPARKQ_HOOK_CALL: randomHex(8) };
  const facts = { SPARKQ_HOOK: event.hook, SPARKQ_WORKSPACE: workspace, SPARKQ_STORAGE: storage };
  const from = Date.now();
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    // A worker may have been started within a run; its hook belongs to none.
    env: scriptEnv({ env: facts, env_allow: null, env_omit: variablesOfRuns }, process.env, marker),
    // It lives on where this process ends.
    detached: true,
    stdio: ['pipe', 'ignore', 'pipe'],
    windowsHide: true,
    windowsVerbatimArguments: command.verbatim,
  });
  await once(child, 'spawn');
  const until = Date.now();
  child.unref();
  const text = readEnd(child);
  // It need not read what it is given.
  child.stdin?.on('error', () => undefined).end(command.stdin);
  let late = false;
  const timer = clock.after(limit, () => {
    late = true;
    const held = () => child.exitCode === null && child.signalCode === null;
    const tree = treeOf({ root: child.pid ?? null, marker, started: { from, until }, isHeld: held });
    void tree.end(grace);
  });
  const [code, signal] = await once(child, 'exit');
  timer.cancel();
  // What it leaves running may hold these open.
  child.stderr?.destroy();
  if (late) return `it was ended after ${limit / 1000} seconds`;
  if (code === 0) return null;
  const line = errorLine(text());
  return `${code === null ? `signal ${signal}` : `exit code ${code}`}${line === null ? '' : `: ${line}`}`;
}

/** Keeps the end of what a program writes to stderr. */
function readEnd({ stderr }: ChildProcess): () => string {
  let text = '';
  stderr?.setEncoding('utf8').on('data', (more: string) => {
    text = (text + more).slice(-keptText);
  });
  return () => text;
}
