/** What a person agrees to before it may start, and what comes of it. */

import { bypassesPermissions } from '../../../config/permissionBypass';
import { digestOf } from '../../../config/pins';
import { toInstant } from '../../../core/clock';
import { type Config, enqueueMode, hasCommand, isAgentTool, toolOf } from '../../../core/config';
import { QueueError } from '../../../core/errors';
import {
  type Batch,
  type Claim,
  isUnapproved,
  type Origin,
  type PlannedRun,
  type RunParts,
  type Task,
  type TaskAnswer,
} from '../../../core/model';
import type { BatchApproval, ChangedRun, Mutation, TaskApproval } from '../../../core/queue';
import { wrongState } from '../../../core/refusals';
import { requireText } from '../../../core/validation';
import { batchOf, needBatch } from '../../rows/batchTable';
import type { Change, Context } from '../../rows/change';
import { mutate } from '../../rows/idempotency';
import { acceptsPerson, isForeign } from '../../rows/personRule';
import { type StreamRow, streamById } from '../../rows/streamTable';
import { selectTasks, type TaskRow, taskOf } from '../../rows/taskRow';
import { needTask, patchTask, repeatTask, taskView } from '../../rows/taskTable';
import { repeatBatch } from '../batches';
import { claimedTask, closeAttempt, giveBack } from '../leases';
import { endTask } from '../taskEnd';

/** Finds out what a task would start, with the configuration and the files as they are now. */
export type RunPlanner = (
  task: Task,
  stream: Claim['stream'],
  /** Whether somebody else than the person of this host has made it. */
  foreign: boolean,
) => Promise<PlannedRun>;

/** The runs of this workspace that need no approval any more, by their digests. */
export interface RememberedRuns {
  isEmpty(): boolean;
  has(digest: string): boolean;
  add(digest: string, label: string): void;
}

export interface ApprovalOptions {
  planner?: RunPlanner;
  remembered?: RememberedRuns;
}

/** How long what a conversation queues after its plan is given, milliseconds. */
const followUpTime = 12 * 60 * 60 * 1000;

const unapproved =
  "WHERE batch_id = ? AND status = 'queued' AND deleted_at IS NULL AND approval = 'pending' ORDER BY seq";

export class Approvals {
  constructor(
    private readonly context: Context,
    private readonly options: ApprovalOptions,
  ) {}

  /** @throws QueueError `wrong_state` unless the task is queued */
  async plan(id: string): Promise<PlannedRun> {
    const row = await this.context.db.read((reader) => needTask(reader, id));
    if (row.status !== 'queued')
      throw wrongState('Planning a run', row.status, `look at it: sparkq task ${row.id}`);
    return this.planOf(row);
  }

  /**
   * What a task's answer says besides: the digest of what would start, or of what was approved.
   * @param stream of a queued task
   */
  async digestFor(row: TaskRow, stream: StreamRow | undefined): Promise<string | null> {
    if (!isUnapproved(row) || this.options.planner === undefined) return approvedDigest(row);
    return (await this.planOf(row, stream)).digest;
  }

  async approve(
    id: string,
    { digest, remember = false, follow_ups: followUps = false }: TaskApproval,
    mutation?: Mutation,
  ): Promise<TaskAnswer> {
    const shown = requireText('Digest', digest);
    const row = await this.context.db.read((reader) => needTask(reader, id));
    const plan = isUnapproved(row) ? await this.planOf(row) : undefined;
    if (remember && plan?.digest === shown) this.options.remembered?.add(shown, nameOf(row));
    return mutate(this.context, `approve ${id}`, mutation, repeatTask, (change) => {
      const now = needTask(change.tx, id);
      // Another window was quicker.
      if (now.status === 'queued' && now.approval === 'given' && approvedDigest(now) === shown)
        return taskView(change, now);
      if (!isUnapproved(now)) throw waitsForNone(now);
      if (plan?.digest !== shown || !isSame(now, row)) throw changedRun([now.id]);
      if (followUps) expectMore(change, now);
      return give(change, now, plan.parts);
    });
  }

  async approveBatch(
    id: string,
    { digests, remember = false, follow_ups: followUps = false }: BatchApproval,
    mutation?: Mutation,
  ): Promise<Batch> {
    const { batch, rows } = await this.context.db.read((reader) => {
      const found = needBatch(reader, id);
      return { batch: found, rows: selectTasks(reader, unapproved, found.id) };
    });
    const plans = new Map<string, { row: TaskRow; plan: PlannedRun }>();
    for (const row of rows) plans.set(row.id, { row, plan: await this.planOf(row) });
    const isShown = ({ row, plan }: { row: TaskRow; plan: PlannedRun }) => plan.digest === digests[row.id];
    if (remember && [...plans.values()].every(isShown)) {
      for (const { row, plan } of plans.values()) this.options.remembered?.add(plan.digest, nameOf(row));
    }
    return mutate(this.context, `approve ${batch.id}`, mutation, repeatBatch, (change) => {
      const waiting = selectTasks(change.tx, unapproved, batch.id);
      const other = waiting.filter((row) => {
        const seen = plans.get(row.id);
        return seen === undefined || !isShown(seen) || !isSame(row, seen.row);
      });
      if (other.length > 0) throw changedRun(other.map((row) => row.id));
      for (const row of waiting) {
        give(change, row, plans.get(row.id)?.plan.parts ?? {});
        if (followUps) expectMore(change, row);
      }
      return batchOf(change.batch(batch.id));
    });
  }

  deny(id: string, { reason }: { reason?: string } = {}, mutation?: Mutation): Promise<TaskAnswer> {
    const said = reason?.trim();
    return mutate(this.context, `deny ${id}`, mutation, repeatTask, (change) => {
      const row = needTask(change.tx, id);
      if (!isUnapproved(row)) throw waitsForNone(row);
      const denied = endTask(change, row, {
        status: 'failed',
        failure_kind: 'denied',
        approval: 'denied',
        error: said ? `DENIED: ${said}` : 'DENIED: A person did not approve it',
      });
      return taskOf(denied);
    });
  }

  async returnForApproval(id: string, { lease, changes, key }: ChangedRun): Promise<TaskAnswer> {
    const named = changes.map((change) => requireText('Change', change));
    return mutate(this.context, `return ${id}`, { key }, repeatTask, (change) => {
      const row = claimedTask(change, id, lease);
      return giveBack(change, row, 'task.updated', () => {
        closeAttempt(change, row.id, row.attempts, { outcome: 'released' });
        return { approval: 'pending', approved: null, approval_changes: JSON.stringify(named) };
      });
    });
  }

  /** Lets those of new tasks start that are remembered; each as it stands then. */
  async approveRemembered<T extends TaskAnswer>(tasks: readonly T[]): Promise<(T | TaskAnswer)[]> {
    const { remembered, planner } = this.options;
    // Planning reads every file that a task names.
    if (!remembered || !planner || remembered.isEmpty()) return [...tasks];
    const settled: (T | TaskAnswer)[] = [];
    for (const task of tasks) {
      const waits = task.status !== undefined && isUnapproved(task);
      const digest = waits ? (await this.plan(task.id)).digest : undefined;
      const known = digest !== undefined && remembered.has(digest);
      settled.push(known ? await this.approve(task.id, { digest }) : task);
    }
    return settled;
  }

  /** @param known its stream, if the caller has read it */
  private async planOf(row: TaskRow, known?: StreamRow): Promise<PlannedRun> {
    const { planner } = this.options;
    if (planner === undefined) {
      throw new QueueError(
        'unavailable',
        'This program cannot tell what a task would start',
        'Approve it in the editor, or on a terminal: sparkq approve',
      );
    }
    const { id, name, instructions } =
      known ?? (await this.context.db.read((reader) => streamById(reader, row.stream_id)));
    return planner(taskOf(row), { id, name, instructions }, isForeign(this.context.host, row));
  }
}

/** The columns of a new task that say who queued it, and whether it may start. */
export function approvalOfNew(
  change: Change,
  task: Pick<TaskRow, 'tool_name' | 'stream_id' | 'verify'>,
  origin: Origin | undefined,
): Partial<TaskRow> {
  if (origin === undefined) return {};
  const needed =
    origin.kind === 'agent' &&
    needsApproval(change.context.config.current(), task) &&
    !isExpected(change, origin, task.stream_id);
  return { origin: JSON.stringify(origin), ...(needed && { approval: 'pending' }) };
}

/** The columns of an edited task: what a person changes is as what a person queues. */
export function approvalOfEdit(
  change: Change,
  row: TaskRow,
  after: TaskRow,
  origin: Origin | undefined,
): Partial<TaskRow> {
  if (isSame(row, after)) return {};
  const none = { approved: null, approval_changes: null } as const;
  if (origin?.kind !== 'agent') return { ...none, approval: 'given' };
  const needed = needsApproval(change.context.config.current(), after);
  return { ...none, approval: needed ? 'pending' : 'given' };
}

/** Whether a person is to agree to a task of an agent: one of a tool that nothing here starts needs none. */
function needsApproval(
  config: Config,
  { tool_name: tool, verify }: Pick<TaskRow, 'tool_name' | 'verify'>,
): boolean {
  if (!hasCommand(config, tool)) return false;
  const mode = enqueueMode(config);
  return mode === 'ask' || (mode === 'prompts' && (verify !== null || !asksItself(config, tool)));
}

/** Whether a tool runs an agent that does not do just anything without asking. */
function asksItself(config: Config, name: string): boolean {
  const tool = toolOf(config, name);
  return isAgentTool(config, name) && tool !== undefined && !bypassesPermissions(tool);
}

/** Whether the conversation's plan was approved with what follows it. */
function isExpected(change: Change, { conversation }: Origin, stream: string): boolean {
  if (conversation === undefined) return false;
  const row = change.tx.get(
    'SELECT until, created_by FROM follow_ups WHERE conversation = ? AND stream_id = ?',
    conversation,
    stream,
  );
  if (row === undefined || String(row.until) <= change.now) return false;
  return acceptsPerson(change.context.host, row.created_by === null ? null : String(row.created_by));
}

function expectMore(change: Change, row: TaskRow): void {
  const { conversation } = taskOf(row).origin;
  if (conversation === undefined) return;
  change.tx.run('DELETE FROM follow_ups WHERE until <= ?', change.now);
  change.tx.run(
    `INSERT INTO follow_ups (conversation, stream_id, until) VALUES (?1, ?2, ?3)
      ON CONFLICT (conversation, stream_id) DO UPDATE SET until = ?3`,
    conversation,
    row.stream_id,
    toInstant(change.ms + followUpTime),
  );
}

function give(change: Change, row: TaskRow, parts: RunParts): Task {
  const next = patchTask(change, row, {
    approval: 'given',
    approved: JSON.stringify(parts),
    approval_changes: null,
  });
  const task = taskView(change, next);
  change.emitTask('task.updated', task);
  change.wake(row.stream_id);
  return task;
}

function approvedDigest({ approved }: TaskRow): string | null {
  return approved === null ? null : digestOf(JSON.parse(approved) as RunParts);
}

/** Whether nothing of the row that its plan depends on has changed since. */
function isSame(now: TaskRow, before: TaskRow): boolean {
  return now.payload === before.payload && now.tool_name === before.tool_name && now.verify === before.verify;
}

function nameOf({ label, tool_name: tool, id }: TaskRow): string {
  return label ?? `${tool} ${id}`;
}

function waitsForNone({ id }: TaskRow): QueueError {
  return new QueueError(
    'wrong_state',
    `Task ${id} does not wait for approval`,
    `Look at it: sparkq task ${id}`,
  );
}

function changedRun(ids: readonly string[]): QueueError {
  return new QueueError(
    'changed',
    `What would start is not what was shown, of ${ids.join(', ')}`,
    'Look at it again before you approve it.',
    { tasks: ids },
  );
}
