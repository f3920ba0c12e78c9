/** Whether a worker starts on what a person has queued. Pure. */

export type StartWorkerChoice = 'ask' | 'onEnqueue' | 'never';
/** What a person has answered for this folder; undefined as long as nobody has. */
export type StartWorkerAnswer = 'yes' | 'no' | undefined;

/**
 * What to do about a stream without a worker in which a person has queued something.
 * @param stopped whether somebody has stopped its worker
 */
export function startDecision(
  choice: StartWorkerChoice,
  answer: StartWorkerAnswer,
  stopped: boolean,
): 'start' | 'ask' | 'nothing' {
  if (choice === 'onEnqueue') return 'start';
  if (choice === 'never' || answer === 'no' || stopped) return 'nothing';
  return answer === 'yes' ? 'start' : 'ask';
}
