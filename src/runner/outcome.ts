/** Turns the end of a run into what to report to the queue. */

import type { Limit } from '../accounts/accountState';
import { fromInstant, toInstant } from '../core/clock';
import { shortened } from '../core/cutText';
import { exitReason } from '../core/model';
import { plainText } from '../core/plainText';
import type { Asked, Completion, Failure } from '../core/queue';
import { checkSummary } from '../core/validation';
import type { AgentLimit } from './adapters/agentEvents';
import type { AgentRecord } from './adapters/agentRun';
import { agentFacts, agentFailure, answerOf, limitOfAgent, questionIn } from './agentReport';
import { errorLine } from './errorLine';
import { resetTimeIn, resetTimeOf } from './resetTime';
import type { CheckEnd, ExitRecord } from './runFiles';

/** The last part of each output, enough for a summary and for a tool's `limited_pattern`. */
export interface LastOutput {
  stdout: string;
  stderr: string;
  /** Of what checked the run. */
  check: string;
}

export type Verdict =
  | { kind: 'complete'; completion: Completion }
  /**
   * `limit`: what it says of the limit that it has met. `unverified`: what it has failed with, if it was done by then
   * nevertheless.
   */
  | { kind: 'fail'; failure: Failure; limit?: Limit; unverified?: Failure }
  /** It goes on once a person has answered. `said`: what was done by then. */
  | { kind: 'ask'; asked: Omit<Asked, 'lease'>; said?: string };

/** A longer line is cut when quoted in a summary or an error, characters. */
const maxQuote = 500;
/** How long a rate-limited task waits when the output does not say until when, seconds. */
const defaultWait = 300;

/** What to report for an exit record. `now` is in wall-clock milliseconds. */
export function verdictOf(
  exit: ExitRecord,
  last: LastOutput,
  limitedPattern: string | null,
  now: number,
): Verdict {
  const facts = {
    exit_code: exit.code ?? undefined,
    stdout_size: exit.stdout_size,
    stderr_size: exit.stderr_size,
    ...(exit.agent && agentFacts(exit.agent)),
  };
  const unhindered = exit.reason === 'exited' || exit.reason === 'timeout';
  const question = exit.agent && unhindered ? questionIn(exit.agent) : null;
  if (exit.agent && question !== null)
    return { kind: 'ask', asked: { ...facts, ...question }, said: answerOf(exit.agent)?.summary };
  const passed = !exit.check || exit.check.code === 0;
  if (exit.agent?.outcome === 'done' && passed && unhindered)
    // One that was ended after its end has the exit code of that.
    return {
      kind: 'complete',
      completion: { ...facts, exit_code: exit.code === 0 ? 0 : undefined, ...answer(exit.agent) },
    };
  const fail = (failure: Failure, limit?: Limit, unverified?: Failure | null): Verdict => ({
    kind: 'fail',
    failure: { ...facts, ...failure },
    ...(limit && { limit }),
    ...(unverified && { unverified: { ...facts, ...unverified } }),
  });
  switch (exit.reason) {
    case 'timeout':
      return fail({
        error_type: 'TIMEOUT',
        error_message: withNote('Task timeout (auto-failed)', exit.message),
        failure_kind: 'timeout',
      });
    case 'cancelled':
      return fail({
        error_type: 'CANCELLED',
        error_message: exit.message ?? 'Ended on request',
        failure_kind: 'cancelled',
      });
    case 'could_not_start':
      return fail({
        error_message: exit.message ?? 'The script could not be started.',
        failure_kind: 'could_not_start',
      });
    case 'interrupted':
      return fail(interruption(exit.message ?? 'The supervisor of the run was asked to end.'));
    case 'exited':
      break;
  }
  const unverified = exit.check && !passed ? checkFailure(exit, exit.check, last) : null;
  if (exit.agent) {
    const text = withNote(failureText(exit, last), exit.message);
    const ended = { code: exit.code, text, stderr: errorLine(plainText(last.stderr)) };
    const failure = agentFailure(exit.agent, ended, now);
    return fail(unverified ?? failure, agentLimit(failure, limitOfAgent(exit.agent, ended)));
  }
  const limited = limitOf(exit, last, limitedPattern, now);
  if (limited) return fail(limited.failure, limited.limit, unverified);
  if (unverified) return fail(unverified);
  if (exit.code === 0) return { kind: 'complete', completion: { ...facts, ...success(exit, last) } };
  return fail({ error_message: withNote(failureText(exit, last), exit.message), failure_kind: 'error' });
}

/** What the limit says that an agent has met. */
function agentLimit(
  { failure_kind: kind, retry_after: until }: Failure,
  limit: AgentLimit | null,
): Limit | undefined {
  if (kind !== 'limited') return undefined;
  // Without a time it would wait for as long as usual.
  const at = typeof until === 'string' ? fromInstant(until) : null;
  return { until: at, name: limit?.name ?? null, model: limit?.model ?? null };
}

/** The failure of a run whose end is not known. */
export function interruption(why: string): Failure {
  return { error_type: 'INTERRUPTED', error_message: why, failure_kind: 'interrupted' };
}

function success(exit: ExitRecord, last: LastOutput): Completion {
  const result = exit.result;
  const given = result === null ? null : summaryOf(result);
  const summary = withNote(given ?? lastLine(last.stdout) ?? 'exit 0', exit.message);
  const completion = summarised(summary);
  return result === null ? completion : { ...completion, result_data: result };
}

/** Its first paragraph says what came of it. */
function answer(agent: AgentRecord): Completion {
  const { summary, result } = answerOf(agent) ?? { summary: 'Done, without an answer', result: '' };
  return result === '' ? summarised(summary) : { ...summarised(summary), result_data: result };
}

/** A completion with any text as its summary: given as plain text, the queue refuses a bare JSON value. */
export function summarised(text: string): Completion {
  try {
    checkSummary(text);
    return { result_summary: text };
  } catch {
    return { result_summary: JSON.stringify({ summary: text }), result_data: text };
  }
}

/** The `summary` of a result directive; null when it has none. */
function summaryOf(json: string): string | null {
  const { summary } = JSON.parse(json) as { summary?: unknown };
  return typeof summary === 'string' && summary.trim() !== '' ? summary : null;
}

function failureText(exit: ExitRecord, last: LastOutput): string {
  const how = exit.code === null ? `ended by ${exit.signal ?? 'an unknown signal'}` : exitReason(exit.code);
  const line = lastLine(errorLine(plainText(last.stderr)) ?? '');
  return line === null ? how : `${how}: ${line}`;
}

/** The exit code is that of the check. */
function checkFailure(
  { message }: ExitRecord,
  { text, code, signal, problem, changed }: CheckEnd,
  { check }: LastOutput,
): Failure {
  const how = problem ?? (code === null ? `ended by ${signal ?? 'an unknown signal'}` : exitReason(code));
  const line = problem === null ? lastLine(check) : null;
  return {
    exit_code: code ?? undefined,
    error_message: withNote([text, how, line].filter((part) => part !== null).join(': '), message),
    failure_kind: 'verify',
    // The next run would begin with the check that this one has left.
    ...(changed && { final: true }),
  };
}

export function withNote(text: string, note: string | null): string {
  return note === null ? text : `${text} (${note})`;
}

/** The last line that is not blank, shortened and without escape sequences; null when there is none. */
export function lastLine(text: string): string | null {
  const line = plainText(text)
    .split(/\r?\n|\r/)
    .map((each) => each.trim())
    .findLast((each) => each !== '');
  if (line === undefined) return null;
  return shortened(line, maxQuote);
}

/**
 * The failure to report when the tool hit a rate limit, else null. After a failure the pattern is searched in the last
 * part of both outputs; after a success only in their last lines, so that a report about limits does not match.
 */
export function limitOf(
  exit: ExitRecord,
  last: LastOutput,
  pattern: string | null,
  now: number,
): { failure: Failure; limit: Limit } | null {
  const expression = pattern === null ? null : compile(pattern);
  if (!expression) return null;
  const texts =
    exit.code === 0 ? [lastLine(last.stdout) ?? '', lastLine(last.stderr) ?? ''] : [last.stderr, last.stdout];
  const match = texts.map((text) => expression.exec(text)).find((found) => found !== null);
  if (!match) return null;
  const until = untilOf(match, now);
  const failure: Failure = {
    error_type: 'LIMITED',
    error_message: lastLine(match[0]) ?? 'The tool is rate-limited',
    failure_kind: 'limited',
    retry_after: until === null ? defaultWait : toInstant(until),
  };
  return { failure, limit: { until, name: null, model: null } };
}

/** Null for an invalid pattern, which is reported where the configuration is read. */
function compile(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern, 'dim');
  } catch {
    return null;
  }
}

/** What the group `until` has captured, with the rest of its line, where a zone may follow; else what the line says. */
function untilOf({ 0: whole, groups, index, indices, input }: RegExpExecArray, now: number): number | null {
  const [start, end] = indices?.groups?.until ?? [];
  if (groups?.until !== undefined && start !== undefined && end !== undefined) {
    const [line = ''] = input.slice(start).split(/\r?\n|\r/, 1);
    return resetTimeOf(line, now) ?? resetTimeOf(groups.until, now);
  }
  const [rest = ''] = input.slice(index + whole.length).split(/\r?\n|\r/, 1);
  return resetTimeIn(whole + rest, now);
}
