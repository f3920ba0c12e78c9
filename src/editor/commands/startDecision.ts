/** Whether a worker starts on what a person has queued. Pure. */

import type { FolderAnswer } from '../shared/folderAnswer';

export type StartWorkerChoice = 'ask' | 'onEnqueue' | 'never';

/**
 * What to do about a stream without a worker in which a person has queued something.
 * @param stopped whether somebody has stopped its worker
 */
export function startDecision(
  choice: StartWorkerChoice,
  answer: FolderAnswer,
  stopped: boolean,
): 'start' | 'ask' | 'nothing' {
  if (choice === 'onEnqueue') return 'start';
  if (choice === 'never' || answer === 'no' || stopped) return 'nothing';
  return answer === 'yes' ? 'start' : 'ask';
}
