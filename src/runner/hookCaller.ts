/**
 * Calls the hooks of the configuration: a program that gets on standard input what has happened, as JSON. Its failure is
 * logged, and nothing else depends on it.
 */

import type { Clock } from '../core/clock';
import { type ConfigSource, hookOf } from '../core/config';
import { messageOf } from '../core/errors';
import { taskJson } from '../core/exactJson';
import type { Log } from '../core/log';
import { printableJson } from '../core/plainText';
import type { HookCaller, HookEvent } from '../store/operations/hooks/hookEvents';
import { callProgram } from './callProgram';
import { type Command, commandOfWords } from './command/command';

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

/** How long a hook may run, milliseconds. */
const limit = 60_000;

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
function run(event: HookEvent, command: Command, place: HookPlace): Promise<string | null> {
  const { clock, workspace, storage } = place;
  const env = { SPARKQ_HOOK: event.hook, SPARKQ_WORKSPACE: workspace, SPARKQ_STORAGE: storage };
  return callProgram(command, { env, limit, clock });
}
