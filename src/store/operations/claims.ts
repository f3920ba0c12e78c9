/**
 * Claiming and releasing tasks. Claimers of one stream that arrive together, or are waiting for it, are served by one
 * transaction; each gets its own task and lease.
 */

import { type Timer, toInstant } from '../../core/clock';
import { hasCommand, isUnconfirmed, worktreeKey } from '../../core/config';
import { shortened } from '../../core/cutText';
import { messageOf, QueueError } from '../../core/errors';
import { isId } from '../../core/ids';
import type { Claim, TaskAnswer } from '../../core/model';
import type { Abandonment, ClaimNextRequest, ClaimRequest, Mutation, NeedsDetails } from '../../core/queue';
import { invalid, leaseSuperseded, resting, unconfirmedTool } from '../../core/refusals';
import { checkKillAfter, requireText } from '../../core/validation';
import { restingReason, waitingFor } from '../../core/waiting';
import type { Transaction } from '../engine/database';
import type { Change, Context } from '../rows/change';
import { elsewhere, isBoundElsewhere, runsStream } from '../rows/hostRule';
import { selectHosts } from '../rows/hostTable';
import { firstVerdict, isLease, keyUse, leaseMark, mutate, operationOf, remember } from '../rows/idempotency';
import { factsOf } from '../rows/laneFacts';
import { notAccepted, whoWaits } from '../rows/personRule';
import { batchAllows, handsOut, isReady, mayStart, readyTaskFor, readyTasks } from '../rows/readyRule';
import { queuedTools, restOfTask, type StartingTools, standIn, startingTools } from '../rows/restRule';
import { refuseEnded, type StreamRow } from '../rows/streamTable';
import { selectTasks, type TaskRow } from '../rows/taskRow';
import { findTask, needTask, notClaimable, repeatTask, taskView } from '../rows/taskTable';
import { queuedView } from '../rows/waitingViews';
import { workingIn } from '../rows/worktreeRule';
import { delayUntil, endDelaysOf } from './delays';
import {
  claimedTask,
  claimOf,
  closeAttempt,
  giveBack,
  grant,
  holderOf,
  needsOf,
  standInFor,
  wasUndone,
} from './leases';
import { failRunning } from './retryPolicy';

/** For so long nobody else may claim a task that was abandoned, milliseconds. */
const reservedFor = 10_000;
/** Abandoned so often in a row, a task has lost its worker. */
const mostAbandoned = 3;

/** The longest wait of a claim, seconds. */
const longestWait = 60;

/** A request for the next task of a stream. */
class Claimer {
  /** A task is reserved for it in a transaction that is not durable yet. */
  held = false;
  settled = false;
  /** It has given up, and takes only the task that is reserved for it. */
  private leaving = false;
  private timer: Timer | undefined;

  constructor(
    readonly request: ClaimNextRequest,
    private readonly settle: { resolve(claim: Claim | null): void; reject(error: unknown): void },
    private readonly leave: (claimer: Claimer) => void,
  ) {
    request.signal?.addEventListener('abort', this.giveUp);
  }

  /** Can be served. */
  get open(): boolean {
    return !this.held && !this.settled;
  }

  waitFor(context: Context): void {
    this.timer ??= context.clock.after((this.request.wait ?? 0) * 1000, this.giveUp);
  }

  /** The transaction that reserved a task was rolled back. */
  unhold(): void {
    this.held = false;
    if (this.leaving) this.answer(null);
  }

  answer(claim: Claim | null): void {
    this.end();
    this.settle.resolve(claim);
  }

  refuse(error: unknown): void {
    this.end();
    this.settle.reject(error);
  }

  private end(): void {
    this.settled = true;
    this.timer?.cancel();
    this.request.signal?.removeEventListener('abort', this.giveUp);
    this.leave(this);
  }

  private readonly giveUp = (): void => {
    const aborted = this.request.signal?.aborted === true;
    // A claimer that merely timed out takes the task reserved for it. So does one with a request id: a repeat of the
    // request may have got the same lease, which can then not be released here.
    this.leaving = !aborted || claimKey(this.request) !== undefined;
    if (!this.held || !this.leaving) this.answer(null);
  };
}

export class Claims {
  /** By their reference to the stream, until the next transaction. */
  private readonly arriving = new Map<string, Claimer[]>();
  /** By the id of the stream, in order of arrival. */
  private readonly waiting = new Map<string, Set<Claimer>>();
  /** What was abandoned last, and by whom; until when, in milliseconds of the monotonic clock. */
  private readonly abandoned = new Map<string, { conversation: string; until: number }>();
  /** Streams whose waiting claimers are about to be served. */
  private readonly serving = new Set<string>();
  private closed: QueueError | undefined;

  constructor(private readonly context: Context) {}

  async claimNext(stream: string, request: ClaimNextRequest = {}): Promise<Claim | null> {
    const reference = requireText('Stream', stream);
    const wait = request.wait ?? 0;
    if (!(wait >= 0 && wait <= longestWait)) {
      throw invalid('wait', wait, `Give seconds from 0 to ${longestWait}.`);
    }
    checkRequest(request);
    if (this.closed) throw this.closed;
    if (request.signal?.aborted) return null;
    const own = [...this.abandoned.keys()].filter((id) => this.isOwn(id, request));
    for (const id of own) {
      const claim = await this.claimAbandoned(id, reference, request);
      if (claim !== null) return claim;
    }
    return new Promise((resolve, reject) => {
      const leave = (claimer: Claimer) => {
        for (const [id, claimers] of this.waiting) {
          if (claimers.delete(claimer) && claimers.size === 0) this.waiting.delete(id);
        }
      };
      const claimer = new Claimer(request, { resolve, reject }, leave);
      const others = this.arriving.get(reference);
      if (others) others.push(claimer);
      else {
        this.arriving.set(reference, [claimer]);
        void this.serveArrivals(reference);
      }
    });
  }

  async claimTask(id: string, request: ClaimRequest = {}): Promise<Claim> {
    checkRequest(request);
    this.context.accounts?.refresh();
    return this.context.change((change) => {
      const operation = `claim ${id.trim()}`;
      const again = repeatedClaim(change.tx, request, operation, change.ms);
      if (again) return claimAgain(change, again);
      const row = needTask(change.tx, id);
      const stream = change.streamById(row.stream_id);
      if (row.status !== 'queued') throw notClaimable(row.id);
      refuseEnded(stream, 'Claim');
      // What was abandoned is delayed for all others.
      const open = this.isOwn(row.id, request) ? { ...row, delayed: 0 as const } : row;
      refuseUnready(change, open, stream, request);
      if (request.supervised) offer(change, row);
      const claim = grant(change, row, stream, request);
      rememberClaim(change, request, operation, claim);
      return claim;
    });
  }

  release(id: string, lease: string, mutation?: Mutation): Promise<TaskAnswer> {
    return mutate(this.context, `release ${id}`, mutation, repeatTask, (change) => {
      const row = claimedTask(change, id, lease);
      return giveBack(change, row, 'task.updated', () => {
        // The number of a supervised attempt names its run's files and is never reused.
        const kept = row.supervised === 1;
        if (kept) closeAttempt(change, row.id, row.attempts, { outcome: 'released' });
        else change.tx.run('DELETE FROM attempts WHERE task_id = ? AND number = ?', row.id, row.attempts);
        return { attempts: row.attempts - (kept ? 0 : 1) };
      });
    });
  }

  abandon(id: string, { lease, note, origin, key }: Abandonment): Promise<TaskAnswer> {
    const { clock } = this.context;
    return mutate(this.context, `abandon ${id}`, { key }, repeatTask, (change) => {
      const row = claimedTask(change, id, lease);
      if (timesAbandoned(change.tx, row) >= mostAbandoned - 1 && row.cancel_requested === 0) {
        return taskView(
          change,
          failRunning(change, row, { kind: 'lost', error: 'LOST: Its worker went away again' }),
        );
      }
      return giveBack(change, row, 'task.updated', () => {
        closeAttempt(change, row.id, row.attempts, { outcome: 'abandoned', summary: note });
        if (origin?.conversation !== undefined) {
          const until = clock.monotonic() + reservedFor;
          this.abandoned.set(row.id, { conversation: origin.conversation, until });
        }
        return { progress_message: note ?? null, ...delayUntil(change, toInstant(change.ms + reservedFor)) };
      });
    });
  }

  /** The task, if the stream would hand it out but for the delay that keeps others from it. */
  private claimAbandoned(id: string, stream: string, request: ClaimNextRequest): Promise<Claim | null> {
    return this.context.change((change) => {
      const lane = change.needStream(stream);
      const row = findTask(change.tx, id);
      if (row?.stream_id !== lane.id || lane.status === 'ended' || !handsOut(change.tx, lane)) return null;
      if (!runsStream(this.context.host, lane)) return null;
      if (!isReady({ ...row, delayed: 0 }) || !batchAllows(change.tx, row)) return null;
      if (!takesTask(change, request, row)) return null;
      const claim = grant(change, row, lane, request);
      rememberClaim(change, request, claimOn(lane.id), claim);
      return claim;
    });
  }

  private isOwn(task: string, { origin }: ClaimRequest): boolean {
    const known = this.abandoned.get(task);
    if (known === undefined) return false;
    if (this.context.clock.monotonic() < known.until) return known.conversation === origin?.conversation;
    this.abandoned.delete(task);
    return false;
  }

  /** A task may have become ready on the stream. */
  wake(streamId: string): void {
    if (!this.waiting.has(streamId) || this.serving.has(streamId)) return;
    this.serving.add(streamId);
    void this.serve(streamId, () => {
      this.serving.delete(streamId);
      return [];
    });
  }

  /** Something may have become ready on any stream: which accounts rest has changed. */
  wakeAll(): void {
    for (const streamId of [...this.waiting.keys()]) this.wake(streamId);
  }

  /** Refuses all waiting and later claimers. */
  close(error: QueueError): void {
    this.closed = error;
    const claimers = [...this.arriving.values(), ...this.waiting.values()].flatMap((some) => [...some]);
    this.arriving.clear();
    for (const claimer of claimers) if (claimer.open) claimer.refuse(error);
  }

  private serveArrivals(reference: string): Promise<void> {
    return this.serve(reference, () => {
      const claimers = this.arriving.get(reference) ?? [];
      this.arriving.delete(reference);
      return claimers;
    });
  }

  /** @param take returns the claimers that have arrived by the time the transaction runs */
  private async serve(reference: string, take: () => Claimer[]): Promise<void> {
    let arrivals: Claimer[] | undefined;
    let claimers: Claimer[] | undefined;
    this.context.accounts?.refresh();
    try {
      await this.context.change((change) => {
        arrivals ??= take();
        // If this runs a second time, the first time does not count.
        for (const claimer of claimers ?? []) claimer.unhold();
        claimers = arrivals.filter(({ open }) => open);
        const stream = change.needStream(reference);
        const waiters = [...(this.waiting.get(stream.id) ?? [])].filter(({ open }) => open);
        const everybody = [...waiters, ...claimers];
        claimers = everybody;
        const handed = handOut(change, stream, everybody);
        for (const claimer of handed.granted.keys()) claimer.held = true;
        // Not after the promise: an enqueue that becomes durable at the same moment would wake nobody.
        change.tx.onDurable(() => this.deliver(stream.id, everybody, handed));
      });
    } catch (error) {
      // Those who wait for the tasks of a stream learn that it has been deleted.
      const waiters = QueueError.is(error, 'not_found') ? (this.waiting.get(reference) ?? []) : [];
      const refused = [...(claimers ?? arrivals ?? take()), ...waiters].filter(({ settled }) => !settled);
      await Promise.all(refused.map((claimer) => this.refuse(claimer, error)));
    }
  }

  /** A repeat may name its stream as it was called before. */
  private async refuse(claimer: Claimer, error: unknown): Promise<void> {
    let [claim, refusal]: [Claim | undefined, unknown] = [undefined, error];
    if (QueueError.is(error, 'not_found') && claimKey(claimer.request) !== undefined) {
      try {
        claim = await this.context.change((change) => claimBefore(change, claimer.request));
      } catch (later) {
        refusal = later;
      }
    }
    if (claimer.settled) return;
    if (claim === undefined) claimer.refuse(refusal);
    else claimer.answer(claim);
  }

  private deliver(streamId: string, claimers: readonly Claimer[], { granted, refused }: Handed): void {
    for (const claimer of claimers) {
      const claim = granted.get(claimer);
      if (claim !== undefined) {
        if (claimer.settled) void this.undo(claim);
        else claimer.answer(claim);
      } else if (refused.has(claimer)) {
        if (!claimer.settled) claimer.refuse(refused.get(claimer));
      } else if (!claimer.settled) {
        this.keepWaiting(streamId, claimer);
      }
    }
  }

  private keepWaiting(streamId: string, claimer: Claimer): void {
    if (!claimer.request.wait || this.closed) {
      claimer.answer(null);
      return;
    }
    const others = this.waiting.get(streamId);
    if (others) others.add(claimer);
    else this.waiting.set(streamId, new Set([claimer]));
    claimer.waitFor(this.context);
  }

  private async undo(claim: Claim): Promise<void> {
    try {
      await this.release(claim.task.id, claim.lease);
    } catch (error) {
      if (!QueueError.is(error)) this.context.log.error(`${claim.task.id} was not released`, error);
      else this.context.log.info(`${claim.task.id} was not released: ${messageOf(error)}`);
    }
  }
}

function checkRequest({ kill_after: killAfter, host_id: host }: ClaimRequest): void {
  if (killAfter !== undefined) checkKillAfter(killAfter);
  if (host !== undefined && !isId(host, 'host'))
    throw invalid(
      'host_id',
      shortened(host, 80),
      'Give the id of a host, such as hst_0a1b2c3d4e5f, or none.',
    );
}

/** How often in a row the task was abandoned before this attempt. */
function timesAbandoned(tx: Transaction, { id, attempts }: TaskRow): number {
  const rows = tx.values(
    'SELECT outcome FROM attempts WHERE task_id = ? AND number < ? ORDER BY number DESC LIMIT ?',
    id,
    attempts,
    mostAbandoned,
  );
  const last = rows.findIndex(([outcome]) => outcome !== 'abandoned');
  return last < 0 ? rows.length : last;
}

interface Handed {
  granted: ReadonlyMap<Claimer, Claim>;
  /** Claimers whose own request is invalid, which does not affect the others. */
  refused: ReadonlyMap<Claimer, QueueError>;
}

/** Grants claims to as many claimers as there are tasks. */
function handOut(change: Change, stream: StreamRow, claimers: readonly Claimer[]): Handed {
  const granted = new Map<Claimer, Claim>();
  const refused = new Map<Claimer, QueueError>();
  const operation = claimOn(stream.id);
  const fresh: Claimer[] = [];
  /** A repeat of a request that is still waiting gets what the first gets. */
  const repeats: [Claimer, Claimer][] = [];
  for (const claimer of claimers) {
    const key = claimKey(claimer.request);
    const first = key === undefined ? undefined : fresh.find(({ request }) => claimKey(request) === key);
    try {
      const again = repeatedClaim(change.tx, claimer.request, operation, change.ms);
      if (again) granted.set(claimer, claimAgain(change, again));
      else {
        refuseEnded(stream, 'Claim');
        if (first) repeats.push([claimer, first]);
        else fresh.push(claimer);
      }
    } catch (error) {
      if (!QueueError.is(error, 'conflict', 'lease_superseded', 'stream_ended')) throw error;
      refused.set(claimer, error);
    }
  }
  if (fresh.length === 0 || !runsStream(change.context.host, stream)) return { granted, refused };
  endDelaysOf(change, stream.id);
  const { matched, short } = match(change, stream, fresh);
  if (short) refused.set(short.claimer, short.refusal);
  for (const [claimer, row] of matched) {
    const claim = grant(change, row, stream, claimer.request);
    rememberClaim(change, claimer.request, operation, claim);
    granted.set(claimer, claim);
  }
  for (const [claimer, first] of repeats) {
    const claim = granted.get(first);
    if (claim) granted.set(claimer, claim);
  }
  return { granted, refused };
}

/** Who gets which task. */
interface Matched {
  matched: Map<Claimer, TaskRow>;
  /** Who would get the first task that is left if it held what that needs: nothing passes that task. */
  short: { claimer: Claimer; refusal: QueueError } | null;
}

/** First come, first served; the first task blocks its lane unless the stream skips it. */
function match(change: Change, stream: StreamRow, claimers: readonly Claimer[]): Matched {
  const matched = new Map<Claimer, TaskRow>();
  const give = (claimer: Claimer, row: TaskRow): void => {
    matched.set(claimer, row);
    if (claimer.request.supervised) offer(change, row);
  };
  const shortOf = (claimer: Claimer, row: TaskRow): Matched | null => {
    const refusal = lackOf(change, row, stream, claimer.request);
    return refusal && { matched, short: { claimer, refusal } };
  };
  const heads = readyTasks(change.tx, stream, claimers.length);
  let left = [...claimers];
  for (const row of heads) {
    const index = left.findIndex(({ request }) => takesTask(change, request, row));
    const [claimer] = index < 0 ? [] : left.splice(index, 1);
    const short = claimer && shortOf(claimer, row);
    if (short) return short;
    if (claimer) give(claimer, row);
    else {
      const passing = whoPasses(change, stream, row);
      if (passing === null) return { matched, short: null };
      left = left.filter(passing);
    }
  }
  const { skip_unrunnable: skips, pass_resting: passes } = stream;
  if (skips === 0 && passes === 0) return { matched, short: null };
  const taken = new Map([...matched.values()].map((row) => [row.id, row]));
  for (const claimer of left) {
    const wanted = wantedTools(change, stream, claimer.request);
    const row = wanted && readyTaskFor(change.tx, stream, wanted, taken);
    if (!row) continue;
    // Nothing passes a task that is for others, or whose account rests where that holds the lane.
    if (!takesTask(change, claimer.request, row)) continue;
    const short = shortOf(claimer, row);
    if (short) return short;
    give(claimer, row);
    taken.set(row.id, row);
  }
  return { matched, short: null };
}

/** A task is about to be started: it may be the one that goes first. */
function offer({ context }: Change, row: TaskRow): void {
  context.accounts?.offer(standIn(context, row) ?? row.tool_name, row.id);
}

/** Who may pass a task that nobody takes who is there; null: nobody. */
function whoPasses(
  { context }: Change,
  { skip_unrunnable: skips, pass_resting: passes }: StreamRow,
  row: TaskRow,
): ((claimer: Claimer) => boolean) | null {
  if (passes === 1 && restOfTask(context, row) !== null) return () => true;
  if (skips === 0) return null;
  // The built-in runner skips what it does not run, not what rests.
  return restOfTask(context, row) === null ? () => true : ({ request }) => request.supervised !== true;
}

/** The tools among which a claimer chooses where some tasks may be passed; undefined if it takes only the first task. */
function wantedTools(
  change: Change,
  stream: StreamRow,
  request: ClaimNextRequest,
): StartingTools | undefined {
  const { tx, context } = change;
  const rests = request.supervised === true;
  if (stream.skip_unrunnable === 0) return rests ? startingTools(tx, context, stream.id) : undefined;
  const wanted = toolsOf(change, stream, request)?.filter((tool) => takes(change, request, tool));
  if (wanted === undefined || !rests) return wanted && { all: wanted, fallBack: [] };
  const starting = startingTools(tx, context, stream.id, wanted);
  if (stream.pass_resting === 1 || starting.all.length === wanted.length) return starting;
  // A resting one holds those behind it: the first that would start otherwise is the one that may start now.
  return { all: wanted, fallBack: [] };
}

/** Why a claimer that starts runs here may not start this one yet; null where it may. */
function lackOf(change: Change, row: TaskRow, stream: StreamRow, request: ClaimRequest): QueueError | null {
  const { holding } = request;
  if (holding === undefined || holding.task === row.id) return null;
  const tool = standInFor(change, row, request) ?? row.tool_name;
  const needs = needsOf(change, row, stream, tool);
  if (!holding.place && Object.keys(needs).length === 0) return null;
  const kind = workingIn(change.tx, change.context, row, stream, tool);
  const details: NeedsDetails = { task: row.id, needs, worktree: worktreeKey(kind, row.id, stream.id) };
  return new QueueError(
    'not_ready',
    `Task ${row.id} needs something of the machine first`,
    'Get that, and name the task in "holding"',
    { ...details },
  );
}

/** The tools among which a claimer chooses; undefined if it takes any. */
function toolsOf(
  { tx }: Change,
  { id }: StreamRow,
  { tools, outside }: ClaimNextRequest,
): readonly string[] | undefined {
  return tools !== undefined || !outside ? tools : queuedTools(tx, id);
}

/** Whether a claimer takes tasks of a tool. A runner takes none whose command waits for a person; others run their own. */
function takes(change: Change, { tools, supervised, outside }: ClaimNextRequest, tool: string): boolean {
  const config = change.context.config.current();
  if (supervised && isUnconfirmed(config, tool)) return false;
  if (outside && hasCommand(config, tool)) return false;
  return tools?.includes(tool) ?? true;
}

/** The same of a task: a runner takes none whose account rests. */
function takesTask(change: Change, request: ClaimNextRequest, row: TaskRow): boolean {
  if (!takes(change, request, row.tool_name) || isBoundElsewhere(change.context.host, row)) return false;
  if (request.supervised !== true) return true;
  const { host } = change.context;
  if (notAccepted(host, row, change.streamById(row.stream_id)) !== null) return false;
  return restOfTask(change.context, row) === null;
}

function refuseUnready(change: Change, row: TaskRow, stream: StreamRow, request: ClaimRequest): void {
  if (request.supervised && isUnconfirmed(change.context.config.current(), row.tool_name))
    throw unconfirmedTool(row.id, row.tool_name);
  const rest = request.supervised && !request.anyway ? restOfTask(change.context, row) : null;
  if (rest !== null) throw resting(row.id, waitingFor(restingReason(rest, row.tool_name), change.ms));
  const other = elsewhere(change.context.host, row, stream, () => selectHosts(change.tx), change.ms);
  if (other !== null) {
    throw new QueueError(
      'not_ready',
      `Task ${row.id} does not run on this host: ${waitingFor(other, change.ms).waiting}`,
      `Claim it there, or see sparkq hosts and sparkq stream edit ${stream.name} --runs-on.`,
    );
  }
  const who = request.supervised ? whoWaits(change.context.host, row, stream) : null;
  if (who !== null) {
    throw new QueueError(
      'not_ready',
      `Task ${row.id} was not started: ${waitingFor(who, change.ms).waiting}`,
      'Add that person to "accept" in machine.yml of your user folder, if you let their tasks run here.',
    );
  }
  if (mayStart(row, change.ms) && batchAllows(change.tx, row)) {
    const lack = lackOf(change, row, stream, request);
    if (lack === null) return;
    throw lack;
  }
  throw new QueueError(
    'not_ready',
    `Task ${row.id} is not ready: ${queuedView(factsOf(change.tx, change.context), change.context, row, stream).waiting}`,
    'Wait for it, or change the task: sparkq edit, sparkq unpark.',
  );
}

function claimKey({ claim_request_id: id }: ClaimRequest): string | undefined {
  return id === undefined || id.trim() === '' ? undefined : `claim:${id.trim()}`;
}

/**
 * The claim that the same request got before, unless it was released since: then it counts as not made.
 * @throws QueueError `lease_superseded` where that claim has ended: its lease proves nothing any more
 */
function repeatedClaim(
  tx: Transaction,
  request: ClaimRequest,
  operation: string,
  now: number,
): { row: TaskRow; lease: string } | undefined {
  const key = claimKey(request);
  const known = key === undefined ? undefined : firstVerdict(tx, keyUse(key, operation), now);
  if (known === undefined) return undefined;
  const task = String(known.row);
  const isOurs = (lease: string) => isLease(lease, known.fact);
  const [row] = selectTasks(tx, 'WHERE id = ?', task);
  if (row?.lease && isOurs(row.lease)) return { row, lease: row.lease };
  if (row !== undefined && wasUndone(tx, task, isOurs)) return undefined;
  throw leaseSuperseded(task, row === undefined ? null : holderOf(row));
}

/** The claim that was made before. Another host, which could not deliver it, learns that it need not undo it. */
function claimAgain(change: Change, { row, lease }: { row: TaskRow; lease: string }): Claim {
  if (change.context.place !== undefined) change.emitTask('task.progress', taskView(change, row));
  return claimOf(change, row, change.streamById(row.stream_id), lease);
}

/** The claim on any stream that the same request got before, as `repeatedClaim`. */
function claimBefore(change: Change, request: ClaimRequest): Claim | undefined {
  const streams = change.tx.values('SELECT id FROM streams');
  const operations = streams.map(([id]) => claimOn(String(id)));
  const operation = operationOf(change.tx, claimKey(request) ?? '', operations, change.ms);
  const again = operation && repeatedClaim(change.tx, request, operation, change.ms);
  return again ? claimAgain(change, again) : undefined;
}

function claimOn(streamId: string): string {
  return `claim on ${streamId}`;
}

function rememberClaim(change: Change, request: ClaimRequest, operation: string, claim: Claim): void {
  const key = claimKey(request);
  if (key === undefined) return;
  remember(change, keyUse(key, operation), { row: claim.task.id, fact: leaseMark(claim.lease) });
}
