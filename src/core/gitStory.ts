/** Says in words where git stood at the moments of a task, so that drift shows. Pure. */

import type { Attempt, GitFacts, Task } from './model';

/** Null where nothing is known. */
export interface GitMoments {
  queued: GitFacts | null;
  claimed: GitFacts | null;
  ended: GitFacts | null;
  /** Left out for a task that has ended. */
  now: GitFacts | null;
}

/**
 * `abc1234 (dirty)` where nothing has moved, else for example `claimed at abc1234 (dirty), now def5678`; null where
 * nothing is known. Two dirty states of one commit count as the same.
 */
export function gitStory({ queued, claimed, ended, now }: GitMoments): string | null {
  const moments: [string, GitFacts | null][] = [
    ['queued at', queued],
    ['claimed at', claimed],
    ['ended at', ended],
    ['now', now],
  ];
  const places: { word: string; place: string }[] = [];
  for (const [word, facts] of moments) {
    if (facts === null) continue;
    const place = placeOf(facts);
    const last = places.at(-1);
    if (last?.place !== place) places.push({ word, place });
    // Of what came before the first move the latest moment says most.
    else if (places.length === 1) last.word = word;
  }
  const [only] = places;
  if (places.length < 2) return only?.place ?? null;
  return places.map(({ word, place }) => `${word} ${place}`).join(', ');
}

function placeOf({ commit, dirty }: GitFacts): string {
  return `${commit.slice(0, 7)}${dirty ? ' (dirty)' : ''}`;
}

/** The story of a task's newest attempt, or of the one given. */
export function gitStoryOf(
  task: Task,
  attempts: readonly Attempt[],
  now: GitFacts | null | undefined,
  attempt = task.attempts,
): string | null {
  const run = attempts.find(({ number }) => number === attempt);
  const over = task.finished_at !== null || attempt < task.attempts;
  return gitStory({
    queued: task.git,
    claimed: run?.git ?? null,
    ended: run?.git_ended ?? null,
    now: over ? null : (now ?? null),
  });
}
