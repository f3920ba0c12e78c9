/** What a person types to find tasks: text, and words such as `state:failed` or `since:7d`. Pure. */

import { type TaskStatus, taskStatuses } from '../../core/model';
import { parseSince } from '../../core/times';

export interface TaskQuery {
  q?: string;
  status?: TaskStatus;
  stream?: string;
  script?: string;
  /** An instant, or an age such as `7d`. */
  since?: string;
  batch_id?: string;
}

/** The words before the colons. */
export const queryWords = ['state', 'stream', 'script', 'since', 'batch'] as const;

/** A word whose value says nothing. */
export interface QueryProblem {
  word: (typeof queryWords)[number];
  value: string;
}

/** A word with its value, in quotes if it has blanks; or any other text up to a blank. */
const parts = /(state|stream|script|since|batch):(?:"([^"]*)"?|(\S*))|(\S+)/giu;

/**
 * @param now wall-clock milliseconds, for ages
 * @returns the query, and the first word whose value cannot be one. A word without a value is still being typed
 */
export function parseTaskQuery(text: string, now: number): { query: TaskQuery; problem?: QueryProblem } {
  const query: TaskQuery = {};
  const texts: string[] = [];
  let problem: QueryProblem | undefined;
  for (const [, given, quoted, plain, other] of text.matchAll(parts)) {
    const word = queryWords.find((known) => known === given?.toLowerCase());
    const value = (quoted ?? plain ?? '').trim();
    if (other !== undefined) texts.push(other);
    if (word === undefined || value === '') continue;
    if (!take(query, word, value, now)) problem ??= { word, value };
  }
  if (texts.length > 0) query.q = texts.join(' ');
  return { query, ...(problem && { problem }) };
}

/** Whether the query asks for nothing. */
export function isEmptyQuery(query: TaskQuery): boolean {
  return Object.keys(query).length === 0;
}

function take(query: TaskQuery, word: QueryProblem['word'], value: string, now: number): boolean {
  switch (word) {
    case 'state': {
      const status = taskStatuses.find((known) => known.startsWith(value.toLowerCase()));
      if (status !== undefined) query.status = status;
      return status !== undefined;
    }
    case 'since': {
      const at = parseSince(value, now, 'local');
      if (at !== null) query.since = new Date(at).toISOString();
      return at !== null;
    }
    case 'batch':
      query.batch_id = value;
      return true;
    default:
      query[word] = value;
      return true;
  }
}
