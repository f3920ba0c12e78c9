/** What agents give a hook on stdin, and take from it on stdout: JSON of two forms. Pure. */

import { isRecord } from './formats/format';

export interface HookInput {
  /** What the agent calls its session; null where it does not say. */
  session: string | null;
  /** Where the session is; null where the agent does not say. */
  folder: string | null;
  /** A hook has kept the agent from stopping already. */
  isAgain: boolean;
  /** Whether context that is added is to say which event it is of. */
  namesEvent: boolean;
}

/** Reads what an agent has given; what is missing, or is something else, counts as not said. */
export function hookInputOf(given: unknown): HookInput {
  const input = isRecord(given) ? given : {};
  return {
    session: textOf(input.session_id) ?? textOf(input.sessionId),
    folder: textOf(input.cwd),
    isAgain: input.stop_hook_active === true || input.stopHookActive === true,
    namesEvent: textOf(input.hook_event_name) !== null,
  };
}

/** Adds to what the model knows when a session starts. */
export function contextAnswer({ namesEvent }: HookInput, context: string): object {
  if (!namesEvent) return { additionalContext: context };
  return { hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext: context } };
}

/** Keeps the agent from stopping, and tells the model why. */
export function goOnAnswer(reason: string): object {
  return { decision: 'block', reason };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
