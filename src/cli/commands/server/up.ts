/** `sparkq up` and `sparkq down`: somebody who works on the queue while no window is open. */

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import type { Command } from '@commander-js/extra-typings';
import { Option } from '@commander-js/extra-typings';
import {
  type Background,
  type BackgroundFacts,
  backgroundLog,
  backgroundOf,
} from '../../../client/background';
import type { AwakeChoice } from '../../../client/wakefulness';
import { QueueError } from '../../../core/errors';
import { wrongState } from '../../../core/refusals';
import { variablesOfRuns } from '../../../runner/supervisor/childEnv';
import { withoutVariables } from '../../../system/environment';
import { callerOf } from '../../access/caller';
import { endOwner, endProcess } from '../../access/endProcess';
import { filesOf, type QueueLocation, reachOwner } from '../../access/locate';
import type { CommandContext } from '../../context';
import { exitCodes } from '../../terminal/errors';
import { example, keepAwakeOption } from '../../terminal/options';
import { stderrLog } from '../../terminal/stderrLog';

/** A longer log is begun anew, bytes. */
const longestLog = 1024 * 1024;

interface UpOptions {
  whileWork?: true;
  foreground?: true;
  keepAwake?: AwakeChoice;
}

export function addUp(program: Command, context: CommandContext): void {
  program
    .command('up')
    .description('work on the queue in a process of its own, which goes on when no window is open')
    .argument(
      '[streams...]',
      'turn on the workers of these and work on no others; by default on all that have one',
    )
    .option('--while-work', 'end when nothing is running, ready, waiting for a time or scheduled')
    .addOption(keepAwakeOption)
    .addOption(new Option('--foreground', 'be that process instead of starting it, for service managers'))
    .addHelpText('after', example('sparkq up', 'sparkq up main --while-work --keep-awake whileWork'))
    .action((streams, options) => up(context, streams, options));
}

export function addDown(program: Command, context: CommandContext): void {
  program
    .command('down')
    .description('end the process that up started; what runs goes on')
    .addHelpText('after', example('sparkq down'))
    .action(async () => {
      const place = filesOf(context.find());
      const present = backgroundOf(place.storage);
      if (present === null) throw wrongState('Down', 'stopped', 'sparkq up');
      await end(context, place, present);
      const text = `Nothing works in the background now (PID ${present.pid} has ended); what runs goes on`;
      context.answer({ stopped: true, pid: present.pid }, text);
    });
}

async function up(context: CommandContext, streams: readonly string[], options: UpOptions): Promise<void> {
  const place = filesOf(context.find());
  const facts: BackgroundFacts = {
    while_work: options.whileWork === true,
    streams: streams.length > 0 ? streams : null,
    keep_awake: options.keepAwake ?? 'never',
  };
  if (await isThere(context, place, facts, options.keepAwake)) return;
  for (const stream of streams) await turnOn(context, stream);
  if (options.foreground) return work(context, place, facts);
  const child = await start(place, facts, context.env);
  if (child === null) {
    const present = backgroundOf(place.storage);
    if (present !== null) return sayThere(context, place, present);
    throw new QueueError(
      'unavailable',
      'The background process ended at once',
      `Its log says why: ${backgroundLog(place.storage)}`,
    );
  }
  say(context, place, child, true);
}

/**
 * Whether a process is there that does what is asked. One that ends with its work makes way for one that stays, or that
 * keeps the machine awake as is asked for.
 */
async function isThere(
  context: CommandContext,
  place: QueueLocation,
  facts: BackgroundFacts,
  keepAwake: AwakeChoice | undefined,
): Promise<boolean> {
  const present = backgroundOf(place.storage);
  if (present === null) return false;
  const otherwiseAwake = keepAwake !== undefined && keepAwake !== present.keep_awake;
  if (present.while_work && (!facts.while_work || otherwiseAwake)) {
    await end(context, place, present);
    return false;
  }
  if (otherwiseAwake) {
    throw new QueueError(
      'conflict',
      `The background process (PID ${present.pid}) was started with --keep-awake ${present.keep_awake}`,
      'End it first with: sparkq down',
    );
  }
  sayThere(context, place, present, facts.streams);
  return true;
}

/** @throws QueueError when it does not work on what was asked for */
function sayThere(
  context: CommandContext,
  place: QueueLocation,
  present: Background,
  asked: readonly string[] | null = null,
): void {
  const other = asked?.find((stream) => present.streams !== null && !present.streams.includes(stream));
  if (other !== undefined) {
    throw new QueueError(
      'conflict',
      `The background process (PID ${present.pid}) works on ${present.streams?.join(', ')}, not on ${other}`,
      'End it first with: sparkq down',
    );
  }
  say(context, place, present.pid, false);
}

function say(context: CommandContext, { storage }: QueueLocation, pid: number, started: boolean): void {
  const log = backgroundLog(storage);
  context.answer(
    { started, pid, log },
    `SparkQ ${started ? '' : 'already '}works in the background (PID ${pid})`,
  );
}

/** @throws QueueError `not_found` */
function turnOn(context: CommandContext, stream: string): Promise<void> {
  return context.withQueue(async (queue) => {
    const { working } = await queue.getStream(stream);
    if (!working) await queue.updateStream(stream, { working: true });
  });
}

/** Starts the process in a session of its own; resolves to its pid once it works, or null when it has ended. */
function start(place: QueueLocation, facts: BackgroundFacts, env: NodeJS.ProcessEnv): Promise<number | null> {
  const { storage, workspace } = place;
  const file = backgroundLog(storage);
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const log = fs.openSync(file, size > longestLog ? 'w' : 'a', 0o600);
  const flags = [
    '--foreground',
    ...(facts.while_work ? ['--while-work'] : []),
    ...['--keep-awake', facts.keep_awake],
  ];
  const [, program = ''] = process.argv;
  const child = spawn(
    process.execPath,
    [...process.execArgv, program, '--workspace', workspace, 'up', ...flags, '--', ...(facts.streams ?? [])],
    {
      cwd: storage,
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      windowsHide: true,
      env: {
        ...withoutVariables(env, ['NODE_OPTIONS', ...variablesOfRuns]),
        ELECTRON_RUN_AS_NODE: '1',
        SPARKQ_STORAGE: storage,
      },
    },
  );
  fs.closeSync(log);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve(null));
    child.once('message', () => {
      child.disconnect();
      child.unref();
      resolve(child.pid ?? null);
    });
  });
}

async function work(context: CommandContext, place: QueueLocation, facts: BackgroundFacts): Promise<void> {
  const { datedLog, runInBackground } = await import('../../access/backgroundOwner');
  const log = datedLog(stderrLog(context.env, 'info'));
  const why = await runInBackground(place, facts, {
    env: context.env,
    log,
    stopped: context.untilStopped(),
    onReady: () => {
      log.info(`Works on the queue in ${place.storage}.`);
      // Whoever started this process may have ended.
      if (process.connected) process.send?.('ready', () => {});
    },
  });
  if (why === null) {
    const present = backgroundOf(place.storage);
    if (present !== null) sayThere(context, place, present, facts.streams);
  }
  // A service manager starts what has replaced this program.
  if (why === 'replaced') context.exitCode = exitCodes.refused;
}

/** It owns the queue, or waits as a client, which has no address. */
async function end(
  context: CommandContext,
  { storage, workspace }: QueueLocation,
  { pid, start_time }: Background,
): Promise<void> {
  const owner = await reachOwner({ storage, workspace }, context.env);
  if (owner?.pid === pid) await endOwner(owner, callerOf(context.env));
  else await endProcess(pid, start_time);
}
