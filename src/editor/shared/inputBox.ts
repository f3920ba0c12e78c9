import * as vscode from 'vscode';
import { checkName, checkPayload } from '../../core/validation';
import { problemOf } from './refusal';

export interface Question {
  title: string;
  prompt: string;
  value?: string;
  placeHolder?: string;
  /** Why an answer is invalid, in a sentence; undefined for a valid one. */
  problem?: (answer: string) => string | undefined;
}

/** Asks for a line of text. Rejects with a CancellationError when the person dismisses the question. */
export async function ask({ problem, ...question }: Question): Promise<string> {
  const answer = await vscode.window.showInputBox({
    ...question,
    ignoreFocusOut: true,
    validateInput: problem,
  });
  if (answer === undefined) throw new vscode.CancellationError();
  return answer;
}

/** Why the name of a new session or stream is invalid. */
export function nameProblem(
  kind: 'session' | 'stream',
  taken: readonly { name: string }[],
): (answer: string) => string | undefined {
  return (answer) =>
    taken.some(({ name }) => name === answer.trim())
      ? vscode.l10n.t('The name {0} is taken.', answer.trim())
      : problemOf(() => checkName(kind, answer));
}

/** Refuses a blank answer with this sentence. */
export function notBlank(sentence: string): (answer: string) => string | undefined {
  return (answer) => (answer.trim() === '' ? sentence : undefined);
}

/** Why a payload is invalid. */
export function payloadProblem(answer: string): string | undefined {
  return problemOf(() => checkPayload(answer, undefined));
}
