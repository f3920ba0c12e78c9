/** Streams: the lanes of the queue. */

import { QueueError } from '../../core/errors';
import { newId } from '../../core/ids';
import {
  type LifeStatus,
  lostHostPolicies,
  onFailureChoices,
  type Page,
  type Stream,
} from '../../core/model';
import type { Mutation, NewStream, PageRequest, StreamPatch } from '../../core/queue';
import { goneSince, nameTaken, wrongState } from '../../core/refusals';
import { checkChoice, checkName, checkNeeds, checkPage, checkWhole } from '../../core/validation';
import type { Transaction } from '../engine/database';
import type { Change, Context } from '../rows/change';
import { runsOnText } from '../rows/hostNames';
import { mutate, type Repeat } from '../rows/idempotency';
import { PageFacts } from '../rows/pageFacts';
import { needSession } from '../rows/rows';
import { insertRow, updateRow } from '../rows/statements';
import { needStream, type StreamRow, selectStreams } from '../rows/streamTable';
import { streamView } from '../rows/streamView';
import { needsText } from '../rows/taskRow';
import { mostAttempts } from '../rows/taskTable';
import { checkWorktree } from '../rows/worktreeRule';

const mostParallel = 1000;

/** The columns that can be changed. */
type StreamChanges = Partial<Omit<StreamRow, 'id' | 'session_id' | 'created_at'>>;

const repeatStream: Repeat<Stream> = {
  keep: ({ id }) => ({ row: id, fact: null }),
  again: (change, { row }) => {
    const [present] = selectStreams(change.tx, 'WHERE streams.id = ?', String(row));
    if (present === undefined) throw goneSince('Stream', String(row));
    return streamView(change.tx, change.context, change.streamById(present.id));
  },
};

export class Streams {
  constructor(private readonly context: Context) {}

  async create(input: NewStream, mutation?: Mutation): Promise<Stream> {
    const name = checkName('stream', input.name);
    const parallelism = checkWhole('parallelism', input.parallelism ?? 1, 1, mostParallel);
    const onFailure = checkChoice('on_failure', input.on_failure ?? 'continue', onFailureChoices);
    const maxAttempts = checkAttempts(input.max_attempts ?? null);
    const needs = needsText(checkNeeds(input.needs ?? null));
    const worktree = checkWorktree(input.worktree ?? null);
    const lostHost = checkChoice('lost_host', input.lost_host ?? 'wait', lostHostPolicies);
    const { host } = this.context;
    const runsOn = input.runs_on ?? (host ? { hosts: [host.id] } : 'any');
    return mutate(this.context, `create stream ${name}`, mutation, repeatStream, (change) => {
      const { tx, now } = change;
      const session = needSession(tx, input.session);
      if (session.status === 'ended') {
        throw new QueueError(
          'session_ended',
          `Create stream not allowed in ended state: session ${session.name} has ended`,
          'Try: another session, see sparkq session list --status active',
        );
      }
      refuseTakenName(tx, name);
      const id = newId('stream');
      insertRow(tx, 'streams', {
        id,
        session_id: session.id,
        name,
        instructions: input.instructions ?? null,
        status: 'active',
        created_at: now,
        updated_at: now,
        parallelism,
        on_failure: onFailure,
        skip_unrunnable: input.skip_unrunnable ? 1 : 0,
        retry_interrupted: input.retry_interrupted ? 1 : 0,
        max_attempts: maxAttempts,
        needs,
        pass_resting: input.pass_resting ? 1 : 0,
        worktree,
        runs_on: runsOnText(tx, runsOn, host),
        lost_host: lostHost,
      });
      insertRow(tx, 'stream_counts', { stream_id: id });
      const stream = streamView(change.tx, this.context, change.streamById(id));
      change.emitStream('stream.created', stream);
      return stream;
    });
  }

  get(stream: string): Promise<Stream> {
    return this.context.db.read((reader) => streamView(reader, this.context, needStream(reader, stream)));
  }

  async list(filter: PageRequest & { session_id?: string; status?: LifeStatus } = {}): Promise<Page<Stream>> {
    const { limit, offset } = checkPage(filter);
    const session = filter.session_id ?? null;
    const status = filter.status ?? null;
    return this.context.db.read((reader) => {
      const where = 'WHERE (? IS NULL OR session_id = ?) AND (? IS NULL OR status = ?)';
      const filters = [session, session, status, status];
      const newestFirst = `${where} ORDER BY streams.rowid DESC LIMIT ? OFFSET ?`;
      const rows = selectStreams(reader, newestFirst, ...filters, limit, offset);
      const facts = new PageFacts(reader, this.context, rows);
      const items = rows.map((row) => streamView(reader, this.context, row, facts));
      const total = Number(reader.get(`SELECT count(*) AS n FROM streams ${where}`, ...filters)?.n);
      return { items, total, limit, offset };
    });
  }

  async update(reference: string, patch: StreamPatch, mutation?: Mutation): Promise<Stream> {
    const changes = changesOf(patch);
    return mutate(this.context, `update stream ${reference}`, mutation, repeatStream, (change) => {
      const before = change.needStream(reference);
      const { runs_on: where } = patch;
      if (where !== undefined) changes.runs_on = runsOnText(change.tx, where ?? 'any', this.context.host);
      if (changes.name !== undefined && changes.name !== before.name)
        refuseTakenName(change.tx, changes.name);
      const turned = changes.working !== undefined && changes.working !== before.working;
      return changeStream(change, before, turned ? { ...changes, working_since: change.now } : changes);
    });
  }

  async setPaused(reference: string, paused: boolean, mutation?: Mutation): Promise<Stream> {
    const action = paused ? 'Pause' : 'Resume';
    return mutate(this.context, `${action} stream ${reference}`, mutation, repeatStream, (change) => {
      const before = change.needStream(reference);
      refuseEndedChange(before, action);
      // Pausing a paused stream changes nothing.
      if ((before.paused === 1) === paused) return streamView(change.tx, this.context, before);
      return changeStream(change, before, { paused: paused ? 1 : 0 });
    });
  }

  async end(reference: string, mutation?: Mutation): Promise<Stream> {
    return mutate(this.context, `end stream ${reference}`, mutation, repeatStream, (change) => {
      const before = change.needStream(reference);
      refuseEndedChange(before, 'End stream');
      return endStream(change, before);
    });
  }
}

/** Ends the active streams of a session. */
export function endStreamsOf(change: Change, sessionId: string): void {
  const rows = change.tx.all("SELECT id FROM streams WHERE session_id = ? AND status = 'active'", sessionId);
  for (const row of rows) endStream(change, change.streamById(String(row.id)));
}

export function pauseAfterFailure(change: Change, stream: StreamRow): void {
  if (stream.on_failure === 'pause' && stream.paused === 0) changeStream(change, stream, { paused: 1 });
}

function endStream(change: Change, stream: StreamRow): Stream {
  const since = stream.working === 1 ? { working: 0 as const, working_since: change.now } : {};
  return changeStream(change, stream, { status: 'ended', ended_at: change.now, ...since }, 'stream.ended');
}

function changeStream(
  change: Change,
  before: StreamRow,
  changes: StreamChanges,
  event: 'stream.updated' | 'stream.ended' = 'stream.updated',
): Stream {
  const columns = { ...changes, updated_at: change.now };
  updateRow(change.tx, 'streams', before.id, columns);
  const row: StreamRow = { ...before, ...columns };
  change.forgetStreams();
  const stream = streamView(change.tx, change.context, row);
  change.emitStream(event, stream);
  change.wake(row.id);
  return stream;
}

function changesOf(patch: StreamPatch): StreamChanges {
  const changes: StreamChanges = {};
  if (patch.name !== undefined) changes.name = checkName('stream', patch.name);
  if (patch.instructions !== undefined) changes.instructions = patch.instructions;
  if (patch.parallelism !== undefined) {
    changes.parallelism = checkWhole('parallelism', patch.parallelism, 1, mostParallel);
  }
  if (patch.on_failure !== undefined) {
    changes.on_failure = checkChoice('on_failure', patch.on_failure, onFailureChoices);
  }
  if (patch.autostart !== undefined) changes.autostart = patch.autostart ? 1 : 0;
  if (patch.working !== undefined) changes.working = patch.working ? 1 : 0;
  if (patch.skip_unrunnable !== undefined) changes.skip_unrunnable = patch.skip_unrunnable ? 1 : 0;
  if (patch.retry_interrupted !== undefined) changes.retry_interrupted = patch.retry_interrupted ? 1 : 0;
  if (patch.max_attempts !== undefined) changes.max_attempts = checkAttempts(patch.max_attempts);
  if (patch.needs !== undefined) changes.needs = needsText(checkNeeds(patch.needs));
  if (patch.pass_resting !== undefined) changes.pass_resting = patch.pass_resting ? 1 : 0;
  if (patch.worktree !== undefined) changes.worktree = checkWorktree(patch.worktree);
  if (patch.lost_host !== undefined) {
    changes.lost_host = checkChoice('lost_host', patch.lost_host, lostHostPolicies);
  }
  return changes;
}

function checkAttempts(attempts: number | null): number | null {
  return attempts === null ? null : checkWhole('max_attempts', attempts, 1, mostAttempts);
}

function refuseTakenName(tx: Transaction, name: string): void {
  if (tx.get('SELECT id FROM streams WHERE name = ?', name)) throw nameTaken('stream', name);
}

function refuseEndedChange(stream: StreamRow, action: string): void {
  if (stream.status === 'ended') {
    throw wrongState(action, 'ended', 'another stream, see sparkq stream list --status active');
  }
}
