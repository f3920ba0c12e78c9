/** The two times of a run: it is late after its timeout, and ended at its deadline, `kill_after` after the claim. Pure. */

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

/** Both times: `late after 2m, stopped after 4m`; only the second of a run that is never late. */
export function limitsIn({ timeout, kill_after }: Limits, l10n: Translator): string {
  const end = exactSpan(kill_after, l10n);
  return kill_after > timeout
    ? l10n.t('late after {0}, stopped after {1}', exactSpan(timeout, l10n), end)
    : l10n.t('stopped after {0}', end);
}

/** `90s`, `5m`, `2h`, `1d`: the largest unit that needs no fraction. */
export function exactSpan(seconds: number, l10n: Translator): string {
  if (seconds % 86_400 === 0) return l10n.t('{0}d', seconds / 86_400);
  if (seconds % 3_600 === 0) return l10n.t('{0}h', seconds / 3_600);
  if (seconds % 60 === 0) return l10n.t('{0}m', seconds / 60);
  return l10n.t('{0}s', seconds);
}
