/** Granting a claim: the running row, its lease with its two clocks, and its attempt; and giving it back. */

import { fromInstant, type Instant, toInstant } from '../../core/clock';
import { folderNeed, isAgentTool, resolveNeeds, toolOf } from '../../core/config';
import type { EventType } from '../../core/events';
import { isId, newLease } from '../../core/ids';
import type { Claim, GitFacts, Needs, RunParts, Task } from '../../core/model';
import type { ClaimRequest } from '../../core/queue';
import { type Holder, leaseSuperseded } from '../../core/refusals';
import { folderOfWork } from '../../scripts/paths';
import type { Reader } from '../engine/database';
import type { Change } from '../rows/change';
import { standIn } from '../rows/restRule';
import { resumeOf } from '../rows/resume';
import { type AttemptRow, asAttemptRow } from '../rows/rows';
import type { StreamRow } from '../rows/streamTable';
import { gitText, killAfterOf, needsIn, parsed, type TaskRow, taskOf } from '../rows/taskRow';
import { needTask, notClaimable, patchTask, queuedAgain, taskView } from '../rows/taskTable';
import { workingTreeOf } from '../rows/workingTree';
import { workingIn } from '../rows/worktreeRule';
import { cancelledEarly, endTask } from './taskEnd';

/** How long a heartbeat extends a lease, milliseconds. */
export const heartbeatInterval = 60_000;
/** How much longer the queue gives a supervisor, which enforces the deadline itself, milliseconds. */
const supervisorGrace = 60_000;

/**
 * Claims a queued task. The guard on the status lets exactly one of several claimers win.
 * @throws QueueError `already_claimed`
 */
export function grant(change: Change, row: TaskRow, stream: StreamRow, request: ClaimRequest): Claim {
  const { tx, now, ms } = change;
  const lease = newLease();
  const { kill_after: given, supervised } = request;
  const deadline = toInstant(ms + (given ?? killAfterOf(row)) * 1000);
  const leaseUntil = given === undefined || supervised ? deadline : leaseEnd(deadline, ms);
  const worker = request.worker_id?.trim() || null;
  const patch = {
    status: 'running',
    attempts: row.attempts + 1,
    lease,
    lease_until: leaseUntil,
    deadline,
    seen_at: now,
    worker_id: worker,
    supervised: supervised ? 1 : 0,
    started_at: now,
    updated_at: now,
    stale_warned_at: null,
    progress: null,
    progress_message: null,
    exit_code: null,
    failure_kind: null,
  } as const satisfies Partial<TaskRow>;
  const other = standInFor(change, row, request);
  const began_in = supervised ? workingIn(tx, change.context, row, stream, other ?? undefined) : row.began_in;
  const { host } = change.context;
  const bound_to = supervised ? boundBy(change, row, other ?? row.tool_name, began_in) : row.bound_to;
  const running: TaskRow = { ...row, ...patch, began_in, bound_to, host: host?.name ?? null };
  const dueAt = nextDueAt(running);
  running.due_at = toInstant(dueAt);
  if (supervised) tx.onDurable(() => change.context.output?.follow(row.id, running.attempts));
  const changed = tx.run(
    `UPDATE tasks SET status = 'running', attempts = ?1, lease = ?2, lease_until = ?3, deadline = ?9, seen_at = ?4,
       started_at = ?4, updated_at = ?4, due_at = ?5, worker_id = ?6, supervised = ?7, stale_warned_at = NULL,
       progress = NULL, progress_message = NULL, exit_code = NULL, failure_kind = NULL,
       began_in = ?10, bound_to = ?11, host = ?12
     WHERE id = ?8 AND status = 'queued'`,
    patch.attempts,
    lease,
    leaseUntil,
    now,
    running.due_at,
    worker,
    patch.supervised,
    row.id,
    deadline,
    began_in,
    bound_to,
    running.host,
  );
  if (changed === 0) throw notClaimable(row.id);
  tx.run(
    `INSERT INTO attempts (task_id, number, worker_id, lease, started_at, git, host_id)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    row.id,
    patch.attempts,
    worker,
    lease,
    now,
    gitText(gitFor(row, request)),
    request.host_id ?? host?.id ?? null,
  );
  if (worker !== null && isId(worker, 'worker')) {
    tx.run('UPDATE workers SET seen_at = ? WHERE id = ?', now, worker);
  }
  change.replaced(row, running);
  change.due(dueAt);
  // Another tool knows nothing of the session.
  const claim = {
    ...claimOf(change, running, stream, lease),
    ...(other && { stand_in: other, resume: null, needs: needsOf(change, running, stream, other) }),
  };
  change.emitTask('task.claimed', claim.task);
  return claim;
}

/** The one host that can go on with a task once it has begun here: its worktree, or the session of its agent, is there. */
function boundBy(
  { context: { host, config } }: Change,
  { bound_to: bound }: TaskRow,
  tool: string,
  beganIn: TaskRow['began_in'],
): string | null {
  if (bound !== null || host === undefined) return bound;
  const apart = beganIn === 'task' || beganIn === 'stream';
  return apart || isAgentTool(config.current(), tool) ? host.id : null;
}

/** The claimer's state of git in the folder that a task runs in. */
function gitFor(
  { payload }: TaskRow,
  { git, git_elsewhere: others = [] }: ClaimRequest,
): GitFacts | undefined {
  if (others.length === 0) return git;
  const folder = folderOfWork(
    parsed(payload),
    others.map((other) => other.folder),
  );
  const there = others.find((other) => other.folder === folder);
  return there ? (there.git ?? undefined) : git;
}

/** Until when a lease holds that is renewed at `now` (wall-clock milliseconds). */
export function leaseEnd(deadline: Instant, now: number): Instant {
  return toInstant(Math.min(fromInstant(deadline), now + heartbeatInterval));
}

/** The answer to a claim. */
export function claimOf(change: Change, row: TaskRow, stream: StreamRow, lease: string): Claim {
  const { id, name, instructions } = stream;
  // A claim that is answered again may have ended since.
  const deadline = row.deadline ?? row.finished_at ?? row.updated_at;
  return {
    task: taskOf(row),
    stream: { id, name, instructions },
    lease,
    lease_until: row.lease_until ?? deadline,
    deadline,
    approved: row.approved === null ? null : (JSON.parse(row.approved) as RunParts),
    needs: needsOf(change, row, stream),
    resume: resumeOf(change.tx, row),
    // Of a claim that is answered again it may be another one by now: the runner looks whether its own may start.
    stand_in: null,
    worktree: row.began_in ?? 'none',
  };
}

/** The tool that would run a task for this claimer in place of the task's own; null for none. */
export function standInFor(
  { context }: Change,
  row: TaskRow,
  { supervised, anyway }: ClaimRequest,
): string | null {
  return supervised && !anyway ? standIn(context, row) : null;
}

/** What the run of a task needs of the machine. @param tool that runs it: of the tools, only that one counts */
export function needsOf(
  { context, tx }: Change,
  row: TaskRow,
  stream: StreamRow,
  tool: string = row.tool_name,
): Needs {
  const task = { tool_name: tool, needs: needsIn(row.needs) };
  const config = context.config.current();
  const needs = resolveNeeds(config, task, needsIn(stream.needs));
  const kind = workingIn(tx, context, row, stream, tool);
  const folder = folderNeed(config, tool, kind, context.workspace, stream.id, (workspace) =>
    workingTreeOf(parsed(row.payload), toolOf(config, tool)?.cwd ?? null, workspace),
  );
  return folder === null ? needs : { ...needs, [folder]: 1 };
}

/** When a running task becomes stale (never, if it ends before that), and when its claim ends by itself; wall-clock milliseconds. */
export function clocksOf(row: TaskRow): { stale: number; lease: number; deadline: number } {
  const started = fromInstant(row.started_at ?? row.updated_at);
  const killAfter = killAfterOf(row);
  const deadline = row.deadline === null ? started + killAfter * 1000 : fromInstant(row.deadline);
  return {
    // Counted back from the deadline, which moves with the clock when that jumps.
    stale: killAfter > row.timeout ? deadline - (killAfter - row.timeout) * 1000 : Number.POSITIVE_INFINITY,
    lease: row.lease_until === null ? deadline : fromInstant(row.lease_until),
    deadline: deadline + (row.supervised === 1 ? supervisorGrace : 0),
  };
}

/** When the queue has to check a running task next, wall-clock milliseconds; never while the run is suspended. */
export function nextDueAt(row: TaskRow): number {
  if (row.suspended_at !== null) return Number.POSITIVE_INFINITY;
  const { stale, lease, deadline } = clocksOf(row);
  const end = row.supervised === 1 ? deadline : Math.min(lease, deadline);
  return row.stale_warned_at === null ? Math.min(stale, end) : end;
}

/** Who holds a task now; null if nobody does. */
export function holderOf(row: TaskRow): Holder | null {
  if (row.status !== 'running' || row.started_at === null) return null;
  return { worker_id: row.worker_id, attempt: row.attempts, since: row.started_at };
}

export function attemptOfLease(reader: Reader, task: string, lease: string): AttemptRow | undefined {
  const row = reader.get('SELECT * FROM attempts WHERE task_id = ? AND lease = ?', task, lease);
  return row && asAttemptRow(row);
}

/** Whether the attempt with that lease was released, or is not known at all. */
export function wasUndone(reader: Reader, task: string, isThat: (lease: string) => boolean): boolean {
  const attempts = reader.all('SELECT lease, outcome FROM attempts WHERE task_id = ?', task);
  const attempt = attempts.find(({ lease }) => isThat(String(lease)));
  return attempt === undefined || attempt.outcome === 'released' || attempt.outcome === 'abandoned';
}

/** What is recorded on an attempt when it ends. */
export interface AttemptEnd {
  outcome: AttemptRow['outcome'];
  exit_code?: number | null;
  summary?: string | null;
  error?: string | null;
  stdout_size?: number;
  stderr_size?: number;
  git_ended?: string | null;
  tool_name?: string;
  agent_session?: string;
  /** JSON. */
  usage?: string;
}

/** Closes an attempt; one that is closed already keeps its end time, and what `end` leaves out. */
export function closeAttempt(change: Change, task: string, number: number, end: AttemptEnd): void {
  const { outcome, ...facts } = end;
  change.context.checking.delete(task);
  const given = Object.entries(facts).filter(([, value]) => value !== undefined && value !== null);
  const more = given.map(([column]) => `, ${column} = ?`).join('');
  change.tx.run(
    `UPDATE attempts SET finished_at = coalesce(finished_at, ?), outcome = ?${more}
     WHERE task_id = ? AND number = ?`,
    change.now,
    outcome,
    ...given.map(([, value]) => value),
    task,
    number,
  );
}

/** The claimed task of that lease. @throws QueueError `lease_superseded` */
export function claimedTask(change: Change, id: string, lease: string): TaskRow {
  const row = needTask(change.tx, id);
  if (row.status !== 'running' || row.lease !== lease) throw leaseSuperseded(row.id, holderOf(row));
  return row;
}

/**
 * Puts a claimed task back into its lane before it has ended; one that was to be cancelled ends instead.
 * @param put ends its attempt, and answers what else changes
 */
export function giveBack(change: Change, row: TaskRow, event: EventType, put: () => Partial<TaskRow>): Task {
  if (row.cancel_requested === 1) {
    closeAttempt(change, row.id, row.attempts, { outcome: 'cancelled' });
    return taskView(change, endTask(change, row, cancelledEarly));
  }
  const task = taskView(change, patchTask(change, row, { ...queuedAgain, ...put() }));
  change.emitTask(event, task);
  change.wake(row.stream_id);
  return task;
}
