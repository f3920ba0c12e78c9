/** What to report of a run of an agent, by what it has said of it. */

import { toInstant } from '../core/clock';
import { shortened } from '../core/cutText';
import { longestChoice, mostChoices } from '../core/limits';
import { plainText } from '../core/plainText';
import type { Failure, RunFacts } from '../core/queue';
import { adapters } from './adapters/adapters';
import type { AgentLimit, Denial } from './adapters/agentEvents';
import type { AgentRecord } from './adapters/agentRun';
import { limitIn, needsPerson } from './adapters/limitText';
import { resetTimeIn } from './resetTime';

/** A longer text is cut when quoted in an error, characters. */
const longestQuote = 500;
/** The summary is a paragraph; the result has the rest. Characters. */
const longestSummary = 2_000;
/** How long a task waits for a limit of which nobody knows when it ends, seconds. */
const unknownWait = 15 * 60;

/** The session and what was used of it; a run that says nothing of what it used has used nobody knows what. */
export function agentFacts({ session, usage }: AgentRecord): Pick<RunFacts, 'agent_session' | 'usage'> {
  const known = Object.values(usage).some((value) => value !== null);
  return { agent_session: session ?? undefined, usage: known ? usage : undefined };
}

/** The first paragraph of what it answered, and all of it; null for an agent that has answered nothing. */
export function answerOf({ text }: AgentRecord): { summary: string; result: string } | null {
  const result = plainText(text ?? '').trim();
  const [first = ''] = result.split(/\n\s*\n/, 1);
  return result === '' ? null : { summary: shortened(first.trim(), longestSummary), result };
}

/** Ends after which a person can help the agent on; all others say themselves what has to be done. */
const open: readonly AgentRecord['outcome'][] = ['done', 'failed', 'silent'];

/**
 * What a person has to say before it can go on: its own question, or that it was refused a permission. Only what the
 * agent announces as one: its sentences are not searched.
 */
export function questionIn(record: AgentRecord): { text: string; choices: string[] } | null {
  const { outcome, question, denied, name } = record;
  // One that waits for an answer says nothing more.
  if (question !== null && (open.includes(outcome) || outcome === 'stalled')) {
    const choices = question.choices.map((choice) => shortened(choice.trim(), longestChoice));
    return { text: question.text.trim(), choices: choices.filter(Boolean).slice(0, mostChoices) };
  }
  const [first, ...more] = denied;
  if (first === undefined || !open.includes(outcome)) return null;
  const { title, allowing } = adapters[name];
  const others = more.length > 0 ? ` and ${more.length} more` : '';
  const text = withHint(`${title} was refused: ${denialText(first)}${others}`, allowing(first));
  return { text, choices: ['Go on without it', 'It is allowed now: try again'] };
}

/** How the process of a run ended. */
interface Ended {
  code: number | null;
  text: string;
  /** The last line of its stderr, where that says something. */
  stderr: string | null;
}

/**
 * Why a run has failed.
 * @param now wall-clock milliseconds
 */
export function agentFailure(record: AgentRecord, ended: Ended, now: number): Failure {
  const { outcome, name } = record;
  const { title } = adapters[name];
  const said = record.text === null ? null : quoted(record.text);
  switch (outcome) {
    case 'limited':
      return limitFailure(record.limit, said, now);
    case 'login':
      return { error_type: 'AUTH', error_message: said ?? `${title} is not logged in`, failure_kind: 'auth' };
    case 'budget':
      return { error_type: 'BUDGET', error_message: said ?? spentText(record), failure_kind: 'budget' };
    case 'stalled':
      return { error_type: 'STALLED', error_message: silenceText(record), failure_kind: 'stalled' };
    case 'done':
    case 'failed':
      return failure([said ?? `${title} failed without saying why`]);
    case 'silent':
      return silentFailure(record, ended, now);
  }
}

/** The limit that a run has met, as far as it says. */
export function limitOfAgent(record: AgentRecord, ended: Ended): AgentLimit | null {
  if (record.outcome !== 'silent') return record.limit;
  const said = lastSaid(ended);
  return said === null || needsPerson(said) ? null : limitIn(said);
}

/** It has said nothing itself: what it could not even begin with is in its other output. */
function silentFailure(record: AgentRecord, ended: Ended, now: number): Failure {
  const said = lastSaid(ended);
  if (said !== null && needsPerson(said))
    return { error_type: 'AUTH', error_message: quoted(said), failure_kind: 'auth' };
  const limit = limitOfAgent(record, ended);
  if (limit !== null) return limitFailure(limit, said, now);
  return failure([`${adapters[record.name].title} ended without saying how`, ended.text]);
}

function lastSaid({ code, stderr }: Ended): string | null {
  return code === 0 || stderr === null ? null : stderr.trim();
}

function failure(parts: readonly string[]): Failure {
  return { error_message: parts.join('; '), failure_kind: 'error' };
}

function limitFailure(limit: AgentLimit | null, said: string | null, now: number): Failure {
  const until = limitEnd(limit, now);
  return {
    error_type: 'LIMITED',
    error_message: said ?? limit?.name ?? 'The account is at its limit',
    failure_kind: 'limited',
    retry_after: until === null ? unknownWait : toInstant(until),
  };
}

/** When a limit ends, in wall-clock milliseconds; null where nobody can say. */
export function limitEnd(limit: AgentLimit | null, now: number): number | null {
  const until = limit?.until ?? null;
  if (typeof until === 'string') return resetTimeIn(until, now);
  return until !== null && until > now ? until : null;
}

function spentText({ subtype }: AgentRecord): string {
  return subtype === null ? 'Its turns or its money are used up' : `Used up: ${subtype}`;
}

function silenceText({ name, asked }: AgentRecord): string {
  const { title, allowing } = adapters[name];
  if (asked === null) return `${title} said nothing for too long`;
  return withHint(`${title} waited for a permission: ${denialText(asked)}`, allowing(asked));
}

function withHint(text: string, hint: string | null): string {
  return hint === null ? text : `${text}. What would allow it: ${hint}`;
}

function denialText({ tool, input }: Denial): string {
  return input === null || input === '' ? tool : `${tool} (${input})`;
}

function quoted(text: string): string {
  const [first = ''] = plainText(text)
    .trim()
    .split(/\n\s*\n/, 1);
  return shortened(first.replaceAll(/\s*\n\s*/g, ' ').trim(), longestQuote) || 'It gave no reason';
}
