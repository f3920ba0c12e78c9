/** The two times of a run: it is late after its timeout, and ended at its deadline, `kill_after` after the claim. Pure. */

import type { Durations } from './durations';
import type { Translator } from './translator';

/** Both in seconds since the claim. A run that is ended no later than its timeout is never late. */
export interface Limits {
  timeout: number;
  kill_after: number;
}

/** The `kill_after` of a task for which none is set, in seconds. */
export function usualKillAfter(timeout: number): number {
  return 2 * timeout;
}

/** Both times: `late after 1m 30s, stopped after 3m`; only the second of a run that is never late. */
export function limitsIn({ timeout, kill_after }: Limits, l10n: Translator, durations: Durations): string {
  const end = durations.exact(kill_after);
  return kill_after > timeout
    ? l10n.t('late after {0}, stopped after {1}', durations.exact(timeout), end)
    : l10n.t('stopped after {0}', end);
}

/** Answers among which a question lets a person choose, and the characters of one. */
export const mostChoices = 10;
export const longestChoice = 200;
