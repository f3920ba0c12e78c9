/** What agents run at certain points of a session. Pure, and cheap to load. */

export const hookNames = ['session-start', 'stop'] as const;

export type HookName = (typeof hookNames)[number];

/** Seconds that an agent gives a hook. Ours gives up long before. */
export const hookTimeout = 10;

/** The line that a shell is given. @param program the name of the command there */
export function hookCommand(program: string, hook: HookName): string {
  return `${program} agents hook ${hook}`;
}

const ours = new RegExp(`^sparkq(?:\\.cmd)? agents hook (?:${hookNames.join('|')})$`);

/** Whether a line of an agent's file is one of ours, on whichever system it was written. */
export function isHookCommand(line: unknown): boolean {
  return typeof line === 'string' && ours.test(line);
}
