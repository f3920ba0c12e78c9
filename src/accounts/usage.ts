/** What the runs of agents have used together, as far as they say. Pure. */

import type { Attempt, Usage } from '../core/model';
import { english, type Translator } from '../core/translator';

export interface UsageSum {
  runs: number;
  /** US dollars; null where none of them has said what it cost. */
  cost_usd: number | null;
  /** Those that have not said it. */
  unpriced: number;
  /** Tokens; null where none of them has said it. */
  input: number | null;
  output: number | null;
}

type Used = Pick<Attempt, 'outcome' | 'usage'>;

/** Without those that are still running, and those in which nothing was started. */
export function usageOf(attempts: readonly Used[]): UsageSum {
  const runs = attempts.filter(
    ({ outcome }) => outcome !== null && outcome !== 'released' && outcome !== 'could_not_start',
  );
  const sum = (name: keyof Usage) =>
    runs.reduce<number | null>((total, { usage }) => {
      const value = usage?.[name] ?? null;
      return value === null ? total : (total ?? 0) + value;
    }, null);
  return {
    runs: runs.length,
    cost_usd: sum('cost_usd'),
    unpriced: runs.filter(({ usage }) => (usage?.cost_usd ?? null) === null).length,
    input: sum('input'),
    output: sum('output'),
  };
}

/** That of a task; null for one that no agent has run. */
export function usageOfTask(attempts: readonly (Used & Pick<Attempt, 'agent_session'>)[]): UsageSum | null {
  const isOfAgent = attempts.some(({ usage, agent_session: session }) => usage !== null || session !== null);
  return isOfAgent ? usageOf(attempts) : null;
}

/** In words: `$1.20`, or at least that where some have not said it. */
export function costIn({ runs, cost_usd: cost, unpriced }: UsageSum, l10n: Translator = english): string {
  if (cost === null) return l10n.t('unknown');
  const known = `$${cost.toFixed(2)}`;
  if (unpriced === 0) return known;
  return l10n.t('at least {0} (unknown for {1} of {2} runs)', known, unpriced, runs);
}

/** In words; null where nothing is known of them. @param language an IETF tag */
export function tokensIn(
  { input, output }: UsageSum,
  l10n: Translator = english,
  language = 'en',
): string | null {
  if (input === null && output === null) return null;
  const count = (tokens: number | null) => (tokens === null ? '?' : tokens.toLocaleString(language));
  return l10n.t('{0} read, {1} written', count(input), count(output));
}
