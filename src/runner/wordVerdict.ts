/** What the last word of a run changes in the verdict on it. Pure. */

import type { FailureKind } from '../core/model';
import type { Asked, RunFacts } from '../core/queue';
import type { LastWord } from './lastWord';
import { summarised, type Verdict, withNote } from './outcome';

/** Ends that tell of the agent and its account: they do not unsay that the work was done by then. */
const besidesTheWork: readonly FailureKind[] = ['limited', 'budget', 'auth', 'stalled'];
/** Ends after which no question remains: a person knows, or nothing was started. */
const beyondQuestions: readonly FailureKind[] = ['cancelled', 'could_not_start'];

/**
 * The verdict on a run that has said something of its end itself. Its question counts however it has ended, for it is
 * lost otherwise; that it is done does not where it was ended in the middle of something, or failed.
 * @param note what the runner has to say of the run
 */
export function withLastWord(verdict: Verdict, word: LastWord | null, note: string | null): Verdict {
  if (word === null) return verdict;
  const kind = verdict.kind === 'fail' ? (verdict.failure.failure_kind ?? 'error') : null;
  const facts = factsOf(verdict);
  if (word.question !== null) {
    if (kind !== null && beyondQuestions.includes(kind)) return verdict;
    return { kind: 'ask', asked: { ...facts, ...word.question }, said: word.summary };
  }
  const text = withNote(word.summary, note);
  if (word.outcome === 'failed') {
    if (kind !== null && kind !== 'error') return verdict;
    return { kind: 'fail', failure: { ...facts, error_message: text, failure_kind: 'error' } };
  }
  if (verdict.kind === 'fail' && verdict.unverified)
    return withRemark({ kind: 'fail', failure: verdict.unverified }, word.summary);
  if (kind !== null && !besidesTheWork.includes(kind)) return withRemark(verdict, word.summary);
  const data = verdict.kind === 'complete' ? verdict.completion.result_data : undefined;
  const result = data === undefined ? {} : { result_data: data };
  return { kind: 'complete', completion: { ...facts, ...summarised(text), ...result } };
}

/** A failure that also says what the run had said. */
function withRemark(verdict: Verdict, said: string): Verdict {
  if (verdict.kind !== 'fail') return verdict;
  const error_message = withNote(verdict.failure.error_message, `it had said: ${said}`);
  return { kind: 'fail', failure: { ...verdict.failure, error_message } };
}

/** What a verdict knows of the run, whatever it is. */
function factsOf(verdict: Verdict): Omit<RunFacts, 'lease' | 'stdout' | 'stderr'> {
  const given: Partial<Asked> = {
    ...(verdict.kind === 'complete'
      ? verdict.completion
      : verdict.kind === 'fail'
        ? verdict.failure
        : verdict.asked),
  };
  const { exit_code, stdout_size, stderr_size, tool_name, agent_session, usage } = given;
  return { exit_code, stdout_size, stderr_size, tool_name, agent_session, usage };
}
