/** Calls a program of the configuration that is no run of a task, and waits for its end. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type Clock, systemClock } from '../core/clock';
import { randomHex } from '../core/ids';
import type { Command } from './command/command';
import { errorLine } from './errorLine';
import { scriptEnv, variablesOfRuns } from './supervisor/childEnv';
import { treeOf } from './supervisor/processTree';

/** How long it may take to end when it is asked to, milliseconds. */
const grace = 2_000;
/** Of what it writes to stderr, so many characters are kept. */
const keptText = 4_000;

export interface CallHow {
  env: Record<string, string>;
  /** How long it may run, milliseconds. */
  limit: number;
  clock?: Clock;
}

/** Why it failed; null where it did not. @throws what keeps it from being started */
export async function callProgram(
  command: Command,
  { env, limit, clock = systemClock }: CallHow,
): Promise<string | null> {
  const marker = { SPARKQ_HOOK_CALL: randomHex(8) };
  const from = Date.now();
  const child = spawn(command.file, command.args, {
    cwd: command.cwd,
    // A worker may have been started within a run; what it calls belongs to none.
    env: scriptEnv({ env, env_allow: null, env_omit: variablesOfRuns }, process.env, marker),
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
