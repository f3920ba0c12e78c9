/**
 * What a run says of its own end before that has come: its last word. It stands in a file beside the others of the run,
 * and counts once all processes of the run have gone.
 */

import { messageOf } from '../core/errors';
import { checkChoice, checkQuestion, requireText } from '../core/validation';
import { readJson } from '../system/wholeFiles';
import { proofOf } from './runFiles';

export const wordOutcomes = ['done', 'failed', 'needs_input'] as const;

export interface LastWord {
  outcome: (typeof wordOutcomes)[number];
  /** What was done, or why not. */
  summary: string;
  /** For `needs_input`; else null. */
  question: { text: string; choices: string[] } | null;
}

/** As it stands in the file. */
export interface KeptWord extends LastWord {
  proof: string;
}

/**
 * The last word of the run with that lease.
 * @param ignored is told why what is in the file does not count
 */
export function readLastWord(file: string, lease: string, ignored: (why: string) => void): LastWord | null {
  const kept = readJson<Partial<KeptWord>>(file);
  if (kept === null) return null;
  if (kept.proof !== proofOf(lease)) {
    ignored('it is not of this attempt');
    return null;
  }
  try {
    return checkedWord(kept);
  } catch (error) {
    ignored(messageOf(error));
    return null;
  }
}

/** @throws QueueError `missing_field`, `invalid_field` */
export function checkedWord({ outcome, summary, question }: Partial<LastWord>): LastWord {
  return {
    outcome: checkChoice('outcome', String(outcome), wordOutcomes),
    summary: requireText('Summary', summary),
    question: outcome === 'needs_input' ? checkQuestion(question?.text, question?.choices) : null,
  };
}
