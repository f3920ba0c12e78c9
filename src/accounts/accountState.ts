/** Which accounts rest, and what was used of each today, over all queues of a user. Pure. */

import { fromInstant, type Instant, toInstant } from '../core/clock';
import type { AccountRest, Budget } from '../core/model';

/** A run, as far as its account is concerned. */
export interface AccountRun {
  account: string;
  /** As the tool names it; null: the agent's own default. */
  model: string | null;
  storage: string;
  task: string;
  attempt: number;
}

/** What a run says of the limit that it has met. */
export interface Limit {
  /** When it ends, wall-clock milliseconds; null where that could not be read. */
  until: number | null;
  /** As people know it, such as `5-hour limit`; null: not said. */
  name: string | null;
  /** Where it is that of one model. */
  model: string | null;
}

export interface Rest {
  account: string;
  /** Null: whatever the model. */
  model: string | null;
  kind: 'limit' | 'login';
  limit: string;
  /** Null while only a person can end it. */
  until: Instant | null;
  since: Instant;
  /** How often in a row no time could be read; 0 where it is known. */
  tries: number;
  /** The task that goes first once it is over, where the time was not known. */
  probe: { storage: string; task: string; since: Instant } | null;
  /** The attempt that has reported it last. */
  by: string;
}

/** What was used of an account on a day. */
export interface DayUse {
  /** Of local time, `2026-01-31`. */
  day: string;
  usd: number;
  tasks: number;
  /** What of it does not count any more, since a person has woken the account. */
  excused: { usd: number; tasks: number };
}

export interface AccountState {
  rests: Rest[];
  used: Record<string, DayUse>;
  /** Runs that have started and not ended, and when: the cost of each counts once. */
  open: Record<string, Instant>;
}

export const noAccounts: AccountState = { rests: [], used: {}, open: {} };

const minute = 60_000;
const day = 24 * 60 * minute;
/** How long an account rests where no time could be read: the first time, the second, and from the third on. */
const guesses = [15 * minute, 30 * minute, 60 * minute] as const;
/** A task that went first and says nothing for so long is not waited for. */
const probePatience = 15 * minute;
/** What has long been over is forgotten. */
const keptFor = 7 * day;

/** Why a tool does not start now; null where its account does not rest. @param task which may be the one that goes first */
export function restOf(
  state: AccountState,
  { account, model, storage, task }: Omit<AccountRun, 'attempt'>,
  budget: Budget,
  now: number,
): AccountRest | null {
  const found = state.rests.filter((rest) => isFor(rest, account, model));
  const login = found.find(({ kind }) => kind === 'login');
  if (login) return { account, until: null, limit: login.limit, model: login.model, first: null };
  if (isUsedUp(state, account, budget, now))
    return { account, until: toInstant(nextDay(now)), limit: dailyBudget, model: null, first: null };
  const [last] = found.filter((rest) => endOf(rest) > now).sort((a, b) => endOf(b) - endOf(a));
  if (last) return { account, until: last.until, limit: last.limit, model: last.model, first: null };
  const probed = found.find(
    ({ probe }) => probe !== null && isAwaited(probe, now) && !isOf(probe, { storage, task }),
  );
  if (!probed) return null;
  return {
    account,
    until: null,
    limit: probed.limit,
    model: probed.model,
    first: probed.probe?.task ?? null,
  };
}

/** Whether the next task of it goes first, while the others wait for its answer. */
export function isProbeDue(state: AccountState, account: string, model: string | null, now: number): boolean {
  return state.rests.some(
    (rest) =>
      isFor(rest, account, model) &&
      rest.tries > 0 &&
      endOf(rest) <= now &&
      !(rest.probe && isAwaited(rest.probe, now)),
  );
}

/** When something of that may change by itself, wall-clock milliseconds; infinite if nothing does. */
export function nextChange(state: AccountState, now: number): number {
  const ends = state.rests.flatMap((rest) => [
    endOf(rest),
    rest.probe === null ? Number.POSITIVE_INFINITY : fromInstant(rest.probe.since) + probePatience,
  ]);
  const budgets = Object.values(state.used).map((use) => (use.day === localDay(now) ? nextDay(now) : 0));
  return Math.min(...[...ends, ...budgets].filter((at) => at > now), Number.POSITIVE_INFINITY);
}

/**
 * A task starts. Answers why it may not; else it is counted, and goes first where somebody has to.
 * @param anyway although its account rests
 */
export function begin(
  state: AccountState,
  run: AccountRun,
  { budget, anyway, now }: { budget: Budget; anyway: boolean; now: number },
): AccountRest | null {
  const rest = anyway ? null : restOf(state, run, budget, now);
  if (rest !== null) return rest;
  for (const one of state.rests) {
    if (isFor(one, run.account, run.model) && one.tries > 0 && endOf(one) <= now)
      one.probe = { storage: run.storage, task: run.task, since: toInstant(now) };
  }
  if (state.open[keyOf(run)] === undefined) useOf(state, run.account, now).tasks += 1;
  state.open[keyOf(run)] = toInstant(now);
  return null;
}

/** A run has met a limit: its account rests. Without a known time, each one in a row makes that longer. */
export function limited(state: AccountState, run: AccountRun, limit: Limit, now: number): void {
  // The name that the tool has for a model is the one by which others are found that use it.
  const model = limit.model === null ? null : (run.model ?? limit.model);
  const before = state.rests.find(
    (rest) => rest.account === run.account && rest.model === model && rest.kind === 'limit',
  );
  if (before?.by === keyOf(run)) return;
  const active = before !== undefined && endOf(before) > now;
  const known = limit.until === null ? null : limit.until + minute;
  // It was met by several at once: a time that is known counts, and of two the later one.
  if (active && (known === null || (before.tries === 0 && endOf(before) >= known))) return;
  const tries = known === null ? (before?.tries ?? 0) + 1 : 0;
  const guess = guesses[Math.min(tries, guesses.length) - 1] ?? guesses[0];
  state.rests = state.rests.filter((rest) => rest !== before);
  state.rests.push({
    account: run.account,
    model,
    kind: 'limit',
    limit: limit.name ?? unnamedLimit,
    until: toInstant(known ?? now + guess),
    since: active ? before.since : toInstant(now),
    tries,
    probe: null,
    by: keyOf(run),
  });
}

/** A run was refused because nobody is logged in: its account rests until a person has done that. */
export function loggedOut(state: AccountState, run: AccountRun, now: number): void {
  const since = toInstant(now);
  state.rests = state.rests.filter((rest) => rest.account !== run.account || rest.kind !== 'login');
  state.rests.push({
    account: run.account,
    model: null,
    kind: 'login',
    limit: notLoggedIn,
    until: null,
    since,
    tries: 0,
    probe: null,
    by: keyOf(run),
  });
}

/**
 * The model has answered a run. That ends each rest since which the run was started: it went first, or a person has
 * started it all the same.
 * @param started wall-clock milliseconds
 */
export function answered(state: AccountState, run: AccountRun, started: number): void {
  state.rests = state.rests.filter(
    (rest) => !isFor(rest, run.account, run.model) || started < fromInstant(rest.since),
  );
}

/** A run has ended with a failure of its own: where it went first, nobody knows more than before, and the others go on. */
export function failed(state: AccountState, run: AccountRun): void {
  state.rests = state.rests.filter(
    (rest) => rest.account !== run.account || rest.probe === null || !isOf(rest.probe, run),
  );
}

/** A run was not started after all: it does not count, and another one may go first. */
export function notStarted(state: AccountState, run: AccountRun, now: number): void {
  for (const rest of state.rests) if (rest.probe && isOf(rest.probe, run)) rest.probe = null;
  if (state.open[keyOf(run)] === undefined) return;
  delete state.open[keyOf(run)];
  const use = useOf(state, run.account, now);
  use.tasks = Math.max(0, use.tasks - 1);
}

/** A run has ended. @param usd what it has cost; null where that is not known */
export function spent(state: AccountState, run: AccountRun, usd: number | null, now: number): void {
  if (state.open[keyOf(run)] === undefined) return;
  delete state.open[keyOf(run)];
  if (usd !== null) useOf(state, run.account, now).usd += usd;
}

/** A person ends all rests of an account: what was used of it today does not count any more. */
export function wake(state: AccountState, account: string, now: number): void {
  state.rests = state.rests.filter((rest) => rest.account !== account);
  const use = state.used[account];
  if (use?.day === localDay(now)) use.excused = { usd: use.usd, tasks: use.tasks };
}

/** Forgets what has long been over. */
export function forget(state: AccountState, now: number): void {
  const isOld = (at: number) => at + keptFor < now;
  state.rests = state.rests.filter((rest) => rest.until === null || !isOld(endOf(rest)));
  for (const [key, since] of Object.entries(state.open))
    if (isOld(fromInstant(since))) delete state.open[key];
  for (const [account, use] of Object.entries(state.used))
    if (use.day !== localDay(now)) delete state.used[account];
}

/** What was used of an account today, as far as it counts. */
export function usedToday(state: AccountState, account: string, now: number): { usd: number; tasks: number } {
  const use = state.used[account];
  if (use?.day !== localDay(now)) return { usd: 0, tasks: 0 };
  return { usd: use.usd - use.excused.usd, tasks: use.tasks - use.excused.tasks };
}

const dailyBudget = 'daily budget';
const unnamedLimit = 'usage limit';
const notLoggedIn = 'not logged in';

/** Limits are more than nothing, so that a day on which nothing was used is not over. */
function isUsedUp(
  state: AccountState,
  account: string,
  { day_usd: usd, day_tasks: tasks }: Budget,
  now: number,
): boolean {
  const used = usedToday(state, account, now);
  const isOver = (most: number | null, count: number) => most !== null && count >= most;
  return isOver(usd, used.usd) || isOver(tasks, used.tasks);
}

function useOf(state: AccountState, account: string, now: number): DayUse {
  const today = localDay(now);
  const known = state.used[account];
  if (known?.day === today) return known;
  const fresh = { day: today, usd: 0, tasks: 0, excused: { usd: 0, tasks: 0 } };
  state.used[account] = fresh;
  return fresh;
}

/** A tool that names no model may use any. */
function isFor(rest: Rest, account: string, model: string | null): boolean {
  return rest.account === account && (rest.model === null || model === null || rest.model === model);
}

function isOf(probe: NonNullable<Rest['probe']>, run: Pick<AccountRun, 'storage' | 'task'>): boolean {
  return probe.storage === run.storage && probe.task === run.task;
}

function isAwaited({ since }: NonNullable<Rest['probe']>, now: number): boolean {
  return now < fromInstant(since) + probePatience;
}

function endOf({ until }: Rest): number {
  return until === null ? Number.POSITIVE_INFINITY : fromInstant(until);
}

function keyOf({ storage, task, attempt }: AccountRun): string {
  return `${task}-${attempt} ${storage}`;
}

function localDay(now: number): string {
  const date = new Date(now);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The next local midnight. */
function nextDay(now: number): number {
  const date = new Date(now);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1).getTime();
}
