/** Whether a process starts that goes on with the queue when the window is closed. Pure. */

import { isWorkLeft, type WorkLeft } from '../../client/workLeft';
import type { FolderAnswer } from '../shared/folderAnswer';

export type BackgroundChoice = 'ask' | 'whileWork' | 'never';

/**
 * A task that runs ends without a window, so it alone is no reason to ask; it may be tried again, which needs somebody.
 * @param replaces whether it takes the place of one that is there
 */
export function backgroundDecision(
  choice: BackgroundChoice,
  answer: FolderAnswer,
  work: WorkLeft,
  replaces = false,
): 'start' | 'ask' | 'nothing' {
  if (choice === 'never' || !isWorkLeft(work)) return 'nothing';
  if (choice === 'whileWork' || answer === 'yes') return 'start';
  return !replaces && answer === undefined && (work.queued || work.scheduled) ? 'ask' : 'nothing';
}
