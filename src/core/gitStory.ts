/** Describes the commits at the stages of a task, so that changes in between show. Pure. */

import type { Attempt, GitFacts, Task } from './model';
import { english, type Translator } from './translator';

/** The git state at the stages of a task; null if unknown. */
export interface GitMoments {
  queued: GitFacts | null;
  claimed: GitFacts | null;
  ended: GitFacts | null;
  /** Null for a task that has ended. */
  now: GitFacts | null;
}

/**
 * `abc1234 (dirty)` if nothing has changed, otherwise for example `claimed at abc1234 (dirty), now def5678`; null if
 * nothing is known. Two dirty states of one commit count as the same, and so do two unknown ones.
 */
export function gitStory({ queued, claimed, ended, now }: GitMoments, l10n = english): string | null {
  const moments: [GitFacts | null, (place: string) => string][] = [
    [queued, (place) => l10n.t('queued at {0}', place)],
    [claimed, (place) => l10n.t('claimed at {0}', place)],
    [ended, (place) => l10n.t('ended at {0}', place)],
    [now, (place) => l10n.t('now {0}', place)],
  ];
  const places: { place: string; inWords: (place: string) => string }[] = [];
  for (const [facts, inWords] of moments) {
    if (facts === null) continue;
    const place = placeOf(facts, l10n);
    const last = places.at(-1);
    if (last?.place !== place) places.push({ place, inWords });
    // Of the stages before the first change, the latest says most.
    else if (places.length === 1) last.inWords = inWords;
  }
  const [only] = places;
  if (places.length < 2) return only?.place ?? null;
  return places.map(({ place, inWords }) => inWords(place)).join(', ');
}

function placeOf({ commit, dirty }: GitFacts, l10n: Translator): string {
  const short = commit.slice(0, 7);
  if (dirty === null) return l10n.t('{0} (changes unknown)', short);
  return dirty ? l10n.t('{0} (dirty)', short) : short;
}

/** The story of a task's newest attempt, or of the one given. */
export function gitStoryOf(
  task: Task,
  attempts: readonly Attempt[],
  now: GitFacts | null | undefined,
  attempt = task.attempts,
  l10n = english,
): string | null {
  const run = attempts.find(({ number }) => number === attempt);
  const over = task.finished_at !== null || attempt < task.attempts;
  const moments = {
    queued: task.git,
    claimed: run?.git ?? null,
    ended: run?.git_ended ?? null,
    now: over ? null : (now ?? null),
  };
  return gitStory(moments, l10n);
}
