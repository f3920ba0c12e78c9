/** Recognises what agents say when an account is at its limit, or needs a person. Pure. */

import { shortened } from '../../core/cutText';
import type { AgentLimit } from './agentEvents';

/** Longer texts are reports: what agents say of a limit is a sentence or three. Characters. */
const longestSaying = 500;

/**
 * Each at the beginning of what an agent says went wrong. The group `name` is what the limit is called, `model` the one
 * that it is for.
 */
const sayings: readonly RegExp[] = [
  /^(?:claude ai )?(?<name>(?:[\w.-]+ ){0,2}(?:limit|quota)) (?:was |has been )?(?:reached|exceeded|hit)\b/i,
  /^you(?:['’]ve| have) (?:hit|reached|exceeded) (?:your|the) (?<name>(?:[\w.-]+ ){0,3}limit)\b(?: for (?<model>[\w.-]*\w))?/i,
  /^you(?:['’]re| are) out of (?<name>(?:extra )?usage)\b/i,
  /^you have exhausted your (?:capacity on this model|daily quota on this model)/i,
  /^(?:api error: )?(?:429|too many requests|rate[ _-]limited|resource[ _]exhausted)\b/i,
  /^exceeded retry limit, last status: 429\b/i,
  /^(?:please )?(?:try again (?:at|in) \S|retry[- ]after:? \d)/i,
];

/** Words for one model in the name of a limit. */
const modelNames = /\b(opus|sonnet|haiku)\b/i;

/**
 * The limit that a text announces; null for any other text, also for one that talks about limits.
 * @param text what an agent itself says went wrong, never what its model says
 */
export function limitIn(text: string): AgentLimit | null {
  const saying = text.trim();
  if (saying.length > longestSaying) return null;
  const found = sayings.map((one) => one.exec(saying)).find((one) => one !== null);
  if (!found) return null;
  const { name, model } = found.groups ?? {};
  const called = name === undefined || name.toLowerCase() === 'limit' ? null : name;
  return {
    until: saying,
    name: called,
    model: model ?? modelNames.exec(called ?? '')?.[1]?.toLowerCase() ?? null,
  };
}

/** The limit of an agent that says so by other means than its text, which may still say until when. */
export function limitSaying(text: string | null): AgentLimit {
  const saying = shortened(text?.trim() ?? '', longestSaying);
  return limitIn(saying) ?? { until: saying === '' ? null : saying, name: null, model: null };
}

const loginSayings =
  /^(?:not logged in\b|invalid api key\b|login expired\b|oauth token|failed to authenticate\b|authentication (?:failed|required)|please (?:run|log|sign)\b.*\blog ?in|no authentication|error: authentication|you are not (?:logged|signed) in)|\b401 unauthorized\b|\bsign(?:ing)? in again\b|\blog(?:ging)? in again\b|^quota exceeded\. check your plan|^credit balance is too low/i;

/** Whether what an agent itself says went wrong needs a person: to log in, or to pay. */
export function needsPerson(text: string): boolean {
  return text.length <= 2 * longestSaying && loginSayings.test(text.trim());
}
