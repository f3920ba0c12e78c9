/** Has the output of an attempt searched for problems on a thread of its own, which gets only so much time. */

import { onThread } from '../../store/engine/thread';
import type { FoundProblems, ProblemSearch } from './outputProblems';

/** Milliseconds: 100,000 lines take a second, and a pattern that backtracks without end takes all of it. */
const mostTime = 30_000;

/**
 * @param programs the dist folder
 * @returns null if the time was not enough
 */
export async function searchProblems(
  programs: string,
  search: ProblemSearch,
  limit = mostTime,
): Promise<FoundProblems | null> {
  const timeUp = AbortSignal.timeout(limit);
  try {
    return await onThread<ProblemSearch, FoundProblems>('problemWorker.js', programs, search, timeUp);
  } catch (error) {
    if (timeUp.aborted) return null;
    throw error;
  }
}
