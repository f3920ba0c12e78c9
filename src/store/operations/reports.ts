/** Reports on tasks: complete, fail and heartbeat; and cancelling. */

import { fromInstant, toInstant } from '../../core/clock';
import { QueueError } from '../../core/errors';
import { isId } from '../../core/ids';
import { type FailureKind, failureKinds, type TaskAnswer } from '../../core/model';
import type { Completion, Failure, Heartbeat, HeartbeatAnswer, Mutation, RunFacts } from '../../core/queue';
import { invalid, leaseSuperseded, notFound, wrongState } from '../../core/refusals';
import {
  checkChoice,
  checkKillAfter,
  checkSummary,
  checkTime,
  checkWhole,
  requireText,
} from '../../core/validation';
import type { Reader } from '../engine/database';
import { notKept } from '../engine/storeErrors';
import { removeOutput, writeOutput } from '../outputFiles';
import type { Change, Context } from '../rows/change';
import { firstVerdict, keyUse, mutate, mutateFor, type Repeat } from '../rows/idempotency';
import type { AttemptRow } from '../rows/rows';
import { gitText, type TaskRow } from '../rows/taskRow';
import { findTask, needTask, patchTask, repeatTask, taskNow, taskView } from '../rows/taskTable';
import { type AttemptEnd, attemptOfLease, closeAttempt, holderOf, leaseEnd, nextDueAt } from './leases';
import { type AttemptFailure, backoff, failRunning, rateLimit } from './retryPolicy';
import { endTask, requestCancel } from './taskEnd';

/** A worker's report on its attempt. */
interface Report {
  action: 'Complete' | 'Fail';
  outcome: FailureKind | 'succeeded';
  end: Omit<AttemptEnd, 'outcome'>;
  /** Applies it to the running task. */
  apply(change: Change, row: TaskRow): TaskRow;
}

type OutputSizes = Pick<AttemptEnd, 'stdout_size' | 'stderr_size'>;

/** Outcomes that the queue sets itself; a result reported after them is kept on the attempt. */
const givenByQueue: readonly AttemptRow['outcome'][] = [
  'lost',
  'timeout',
  'superseded',
  'released',
  'abandoned',
];

export class Reports {
  /** Tasks whose output is being written, so that two reports on one task do not overwrite each other. */
  private readonly writing = new Map<string, Promise<unknown>>();

  constructor(private readonly context: Context) {}

  complete(id: string, completion: Completion): Promise<TaskAnswer> {
    return this.report(id, 'complete', completion, (sizes) => {
      const summary = checkSummary(completion.result_summary);
      const exitCode = completion.exit_code ?? null;
      const end = { ...attemptFacts(completion), ...sizes, summary };
      return {
        action: 'Complete',
        outcome: 'succeeded',
        end,
        apply(change, row) {
          closeAttempt(change, row.id, row.attempts, { ...end, outcome: 'succeeded' });
          return endTask(change, row, {
            status: 'succeeded',
            result: completion.result_data || completion.result_summary,
            result_summary: summary,
            error: null,
            failure_kind: null,
            exit_code: exitCode,
          });
        },
      };
    });
  }

  fail(id: string, failure: Failure): Promise<TaskAnswer> {
    // Before it reports a limit, the runner has had the account rest: the task says so from the start.
    this.context.accounts?.refresh();
    return this.report(id, 'fail', failure, (sizes, row) => failureReport(failure, sizes, row));
  }

  async heartbeat(id: string, beat: Heartbeat): Promise<HeartbeatAnswer> {
    const lease = requireText('Lease', beat.lease);
    return this.context.change((change) => {
      const row = liveRow(change, id, lease);
      if (beat.progress !== undefined && !(beat.progress >= 0 && beat.progress <= 100)) {
        throw invalid('progress', beat.progress, 'Give a number from 0 to 100.');
      }
      const supervised = row.supervised === 1;
      const fresh =
        beat.kill_after === undefined || supervised
          ? undefined
          : toInstant(change.ms + checkKillAfter(beat.kill_after) * 1000);
      const deadline = fresh ?? row.deadline ?? change.now;
      // Supervisors send no heartbeats: their script outlives the process that started it.
      const leaseUntil = supervised ? deadline : leaseEnd(deadline, change.ms);
      const warned = fresh === undefined ? row.stale_warned_at : null;
      const next = { ...row, deadline, lease_until: leaseUntil, stale_warned_at: warned };
      const dueAt = nextDueAt(next);
      const { progress = row.progress, message = row.progress_message } = beat;
      const patched = patchTask(change, row, {
        lease_until: leaseUntil,
        deadline,
        stale_warned_at: warned,
        seen_at: change.now,
        due_at: dueAt === Number.POSITIVE_INFINITY ? null : toInstant(dueAt),
        progress,
        progress_message: message,
      });
      change.due(dueAt);
      const { checking: now } = this.context;
      const before = now.get(id) === row.attempts;
      const { checking = before } = beat;
      change.tx.onDurable(() => (checking ? now.set(id, row.attempts) : now.delete(id)));
      if (progress !== row.progress || message !== row.progress_message || checking !== before) {
        change.emitTask('task.progress', { ...taskView(change, patched), checking });
      }
      return { lease_until: leaseUntil, deadline, cancel_requested: row.cancel_requested === 1 };
    });
  }

  async cancel(id: string, mutation?: Mutation): Promise<TaskAnswer> {
    return mutate(this.context, `cancel ${id}`, mutation, repeatTask, (change) => {
      const row = needTask(change.tx, id);
      if (row.finished_at !== null) throw wrongState('Cancel', row.status, `sparkq task ${row.id}`);
      return taskView(change, requestCancel(change, row));
    });
  }

  /**
   * Writes the output that came with a report, then applies the report.
   * @param reportOf validates the report; called inside the transaction, after the task was found
   */
  private async report(
    id: string,
    verb: 'complete' | 'fail',
    facts: RunFacts,
    reportOf: (sizes: OutputSizes, row: TaskRow) => Report,
  ): Promise<TaskAnswer> {
    const use = keyUse(facts.key, `${verb} ${id}`);
    const apply = async (sizes: OutputSizes): Promise<TaskAnswer> => {
      const answer = await mutateFor(this.context, use, repeatReport(id), (change) => {
        const row = needTask(change.tx, id);
        return applyReport(change, row, reportOf(sizes, row), leaseOf(change.tx, row, facts));
      });
      if ('refused' in answer) throw restored(answer);
      return answer;
    };
    const { output } = this.context;
    if (facts.stdout === undefined && facts.stderr === undefined) {
      await output?.finish(id.trim());
      return apply({});
    }
    return this.alone(id, async () => {
      const attempt = await this.context.db.read((reader) => {
        const known = use && firstVerdict(reader, use, this.context.clock.now());
        return known ? null : attemptToWrite(reader, id, facts);
      });
      // The transaction gives the reason for a refusal.
      if (attempt === null) return apply({});
      const sizes = await this.write(id.trim(), attempt, facts);
      try {
        await output?.replace(id.trim(), attempt);
        return await apply(sizes);
      } catch (error) {
        // A late result is kept with its output, as is one that may have been kept, here or by a later owner.
        if (!QueueError.is(error, 'lease_superseded', 'outcome_unknown', 'unavailable')) {
          await this.discardOutput(id.trim(), attempt);
        }
        throw error;
      }
    });
  }

  private async write(task: string, attempt: number, facts: RunFacts): Promise<OutputSizes> {
    const { storage, config } = this.context;
    const limit = config.current().runner.output_limit;
    const sizes: OutputSizes = {};
    try {
      for (const stream of ['stdout', 'stderr'] as const) {
        const text = facts[stream];
        if (text === undefined) continue;
        sizes[`${stream}_size`] = await writeOutput({ storage, task, attempt, stream, limit }, text);
      }
    } catch (error) {
      // A disk that refuses the output may also refuse to remove part of it.
      await this.discardOutput(task, attempt).catch(() => undefined);
      throw notKept(storage, error);
    }
    return sizes;
  }

  /** Removes the output of a refused report. A later owner may have been given the same report: then it is its own. */
  private async discardOutput(task: string, attempt: number): Promise<void> {
    if (!this.context.stillOurs()) return;
    await removeOutput(this.context.storage, task, attempt);
    await this.context.output?.remove(task, attempt);
  }

  private async alone<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.writing.get(id) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.writing.set(id, mine);
    try {
      return await mine;
    } finally {
      if (this.writing.get(id) === mine) this.writing.delete(id);
    }
  }
}

function failureReport(failure: Failure, sizes: OutputSizes, row: TaskRow): Report {
  const message = failure.error_message;
  requireText('Error message', message);
  const error = failure.error_type?.trim() ? `${failure.error_type.trim()}: ${message}` : message;
  const given =
    failure.failure_kind === undefined
      ? undefined
      : checkChoice('failure_kind', failure.failure_kind, failureKinds);
  const limited = (failure.retry_after !== undefined || given === 'limited') && row.cancel_requested === 0;
  const kind = limited ? 'limited' : (given ?? (row.cancel_requested === 1 ? 'cancelled' : 'error'));
  const exitCode = failure.exit_code ?? null;
  const end = { ...attemptFacts(failure), ...sizes };
  const final = failure.final === true;
  const attempt: AttemptFailure = { kind, error, exit_code: exitCode, final, facts: end };
  return {
    action: 'Fail',
    outcome: kind,
    end: { ...end, error },
    apply(change, running) {
      if (running.status === 'queued') {
        if (limited)
          throw wrongState('Fail with retry_after', 'queued', `sparkq edit ${running.id} --not-before TIME`);
        return endTask(change, running, { status: 'failed', failure_kind: kind, error, exit_code: exitCode });
      }
      if (!limited) return failRunning(change, running, attempt);
      return rateLimit(change, running, attempt, limitEndsAt(change, failure.retry_after));
    },
  };
}

/** Wall-clock milliseconds. */
function limitEndsAt(change: Change, retryAfter: Failure['retry_after']): number {
  if (retryAfter === undefined) return change.ms + backoff(change, 1);
  if (typeof retryAfter === 'string') return fromInstant(checkTime('retry_after', retryAfter, change.ms));
  if (!(retryAfter >= 0 && retryAfter <= 1e9)) {
    throw invalid('retry_after', retryAfter, 'Give seconds from now, a delay such as 10m, or an instant.');
  }
  return change.ms + retryAfter * 1000;
}

/** What a report says of its attempt, besides the outcome. */
export function attemptFacts(facts: RunFacts): Omit<AttemptEnd, 'outcome'> {
  if (facts.exit_code !== undefined) checkWhole('exit_code', facts.exit_code, Number.MIN_SAFE_INTEGER);
  return {
    exit_code: facts.exit_code,
    stdout_size: facts.stdout_size,
    stderr_size: facts.stderr_size,
    git_ended: gitText(facts.git),
    tool_name: facts.tool_name,
    agent_session: facts.agent_session,
    usage: facts.usage && JSON.stringify(facts.usage),
  };
}

/** A refusal that must not roll back: it is returned as an answer, and so is repeated for the same key. */
interface Refused {
  refused: { message: string; hint?: string; details?: Readonly<Record<string, unknown>> };
}

/** The verdict's fact is 1 for a refusal. */
function repeatReport(task: string): Repeat<TaskAnswer | Refused> {
  return {
    keep: (answer) => ({ row: task.trim(), fact: 'refused' in answer ? 1 : null }),
    again(change, { fact }) {
      if (fact === null) return taskNow(change, task.trim());
      const row = findTask(change.tx, task);
      return refusedAs(leaseSuperseded(task.trim(), row === undefined ? null : holderOf(row)));
    },
  };
}

function refusedAs({ message, hint, details }: QueueError): Refused {
  return { refused: { message, hint, details } };
}

function restored({ refused: { message, hint, details } }: Refused): QueueError {
  return new QueueError('lease_superseded', message, hint, details);
}

function applyReport(
  change: Change,
  row: TaskRow,
  report: Report,
  lease: string | undefined,
): TaskAnswer | Refused {
  if (lease !== undefined && lease !== row.lease) return lateReport(change, row, report, lease);
  const open = row.status === 'running' || (row.status === 'queued' && report.action === 'Fail');
  if (!open) throw refusedState(row, report.action);
  return taskView(change, report.apply(change, row));
}

/** A report with a lease that is not the live one: a repeat, or too late. */
function lateReport(change: Change, row: TaskRow, report: Report, lease: string): TaskAnswer | Refused {
  const attempt = attemptOfLease(change.tx, row.id, lease);
  const superseded = leaseSuperseded(row.id, holderOf(row));
  if (attempt === undefined) throw superseded;
  if (attempt.outcome === report.outcome || (report.outcome === 'error' && attempt.outcome === 'cancelled')) {
    return taskView(change, row);
  }
  if (!givenByQueue.includes(attempt.outcome)) throw refusedState(row, report.action);
  closeAttempt(change, row.id, attempt.number, { ...report.end, outcome: 'superseded' });
  return refusedAs(superseded);
}

function refusedState(row: TaskRow, action: Report['action']): QueueError {
  const hint =
    row.status === 'queued' ? `sparkq claim, then report on ${row.id}` : `sparkq requeue ${row.id}`;
  return wrongState(action, row.status, hint);
}

/** The lease of a report, or of the attempt that it names; undefined if it means whoever holds the task. */
function leaseOf(reader: Reader, row: TaskRow, { lease, attempt }: RunFacts): string | undefined {
  if (lease !== undefined || attempt === undefined) return lease;
  const found = reader.get('SELECT lease FROM attempts WHERE task_id = ? AND number = ?', row.id, attempt);
  if (found === undefined) throw leaseSuperseded(row.id, holderOf(row));
  return String(found.lease);
}

/** The attempt that the output belongs to; null if the report will be refused, or answered as before. */
function attemptToWrite(reader: Reader, id: string, facts: RunFacts): number | null {
  const row = needTask(reader, id);
  const lease = leaseOf(reader, row, facts);
  if (lease !== undefined && lease !== row.lease) {
    const attempt = attemptOfLease(reader, row.id, lease);
    return attempt && givenByQueue.includes(attempt.outcome) ? attempt.number : null;
  }
  if (row.status === 'running') return row.attempts;
  return row.status === 'queued' && row.attempts === 0 ? 0 : null;
}

/** The running row that a heartbeat is for. */
function liveRow(change: Change, id: string, lease: string): TaskRow {
  const row = findTask(change.tx, id);
  if (row === undefined) {
    if (!isId(id.trim(), 'task')) throw notFound('Task', id.trim());
    throw new QueueError(
      'gone',
      `Task ${id.trim()} is gone`,
      'Stop working on it: the task has ended and was removed.',
    );
  }
  if (lease !== row.lease) throw leaseSuperseded(row.id, holderOf(row));
  if (row.status !== 'running')
    throw wrongState('Heartbeat', row.status, `sparkq claim, then report on ${row.id}`);
  return row;
}
