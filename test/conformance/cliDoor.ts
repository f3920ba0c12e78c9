/** The door of the command line: every operation as a run of the built program, in the folder of the queue. */

import assert from 'node:assert/strict';
import type {
  Attempt,
  Claim,
  HistoryTask,
  Needs,
  Page,
  Session,
  Stream,
  Task,
  TaskDetail,
} from '../../src/core/model';
import type { NewStream, OutputChunk } from '../../src/core/queue';
import { type Door, type Operations, some } from './door';
import type { Owner } from './owner';
import { type Cli, ServedCli } from './program';

export function cliDoor(owner: Owner): Door {
  const cli = new ServedCli(owner.workspace, owner.home);
  return {
    name: 'cli',
    queue: cliOperations(cli),
    behind: owner.queue,
    clock: owner.clock,
    close: async () => {
      await cli.end();
      await owner.close();
    },
  };
}

type Value = string | number | boolean | readonly string[] | Needs | null | undefined;
type Options = Readonly<Record<string, Value>>;

/** `{after: ['a', 'b'], wait: 3}` as `--after a --after b --wait 3`. */
function flags(options: Options): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined || value === false) return [];
    const flag = `--${name.replaceAll('_', '-')}`;
    if (value === true) return [flag];
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return [
        flag,
        Object.entries(value)
          .map((one) => one.join('='))
          .join(','),
      ];
    const values = Array.isArray(value) ? value : [value ?? ''];
    return values.flatMap((one) => [flag, String(one)]);
  });
}

/** The row in the shape that the other doors give: there the payload is text, with the parsed one beside it. */
function asTask(value: unknown): TaskDetail {
  const row = value as TaskDetail;
  const payload: unknown = row.payload;
  assert.equal(typeof payload, 'object', 'the payload is parsed');
  return { ...row, payload: JSON.stringify(payload), payload_json: payload };
}

function asClaim(value: unknown): Claim {
  const { stream, lease, lease_until, deadline, approved, needs, resume, ...task } = value as Claim & Task;
  // The deadline stands in the claim and in its task alike.
  return {
    task: asTask({ ...task, lease_until, deadline }),
    stream,
    lease,
    lease_until,
    deadline,
    approved,
    needs,
    resume,
    stand_in: null,
    worktree: 'none',
  };
}

function asPage<T>(value: unknown): Page<T> {
  const items = value as T[];
  return { items, total: items.length, limit: items.length, offset: 0 };
}

const text = (payload: string | object | undefined) =>
  typeof payload === 'object' ? JSON.stringify(payload) : payload;

/** As `--runs-on` takes them. */
function hostsOf(where: NewStream['runs_on']): string | undefined {
  if (where === undefined || where === null || where === 'any') return where ?? undefined;
  return 'hosts' in where ? where.hosts.join(',') : where.labels.map((name) => `label:${name}`).join(',');
}

export function cliOperations(cli: Cli): Operations {
  const one = async (...args: string[]) => asTask(await cli.json(...args));
  const row = async <T>(...args: string[]) => (await cli.json(...args)) as T;
  const listed = <T extends { id: string; name: string }>(rows: T[], name: string) =>
    some(rows.find((one) => one.id === name || one.name === name));
  return {
    createSession: ({ name, description }) =>
      row<Session>('session', 'create', name, ...flags({ description: description ?? undefined })),
    getSession: async (name) => listed(await row<Session[]>('session', 'list'), name),
    listSessions: async ({ status } = {}) => asPage(await cli.json('session', 'list', ...flags({ status }))),
    endSession: (name) => row<Session>('session', 'end', name),
    createStream: ({ name, runs_on: where, ...input }) =>
      row<Stream>('stream', 'create', name, ...flags({ ...input, runs_on: hostsOf(where) })),
    getStream: async (name) => listed(await row<Stream[]>('stream', 'list'), name),
    listStreams: async ({ session_id: session, status } = {}) =>
      asPage(await cli.json('stream', 'list', ...flags({ session, status }))),
    updateStream: (name, { working: _, runs_on: where, ...patch }) =>
      row<Stream>('stream', 'edit', name, ...flags({ ...patch, runs_on: hostsOf(where) })),
    pauseStream: (name) => row<Stream>('pause', name),
    resumeStream: (name) => row<Stream>('resume', name),
    endStream: (name) => row<Stream>('stream', 'end', name),
    enqueue: async (task) => {
      const {
        tool_name: tool,
        idempotency_key: key,
        payload,
        git: _,
        known_tool: __,
        origin: ___,
        ...input
      } = task;
      const options = flags({ ...input, tool, key, payload: text(payload) });
      const { duplicate, ...queued } = await row<Task & { duplicate: boolean }>('enqueue', ...options);
      return { task: asTask(queued), duplicate };
    },
    getTask: async (id) => {
      const {
        stream: _,
        tries: __,
        ...task
      } = await row<Task & { stream: unknown; tries: unknown }>('task', id);
      return asTask(task);
    },
    listTasks: async ({ q: search, session_id: session, order: _, offset: __, ...filter } = {}) => {
      const rows = await row<unknown[]>('tasks', ...flags({ ...filter, search, session }));
      return asPage<Task>(rows.map(asTask));
    },
    peek: async (stream) => {
      const answer = await cli.json('peek', '--stream', stream);
      if (answer === null) return null;
      const { stream: lane, ...task } = answer as Task & { stream: Claim['stream'] };
      return { task: asTask(task), stream: lane };
    },
    claimNext: async (stream, { wait, worker_id: worker, claim_request_id: request_id } = {}) => {
      const answer = await cli.json('claim', ...flags({ stream, wait, worker, request_id }));
      return answer === null ? null : asClaim(answer);
    },
    claimTask: async (task, { worker_id: worker, claim_request_id: request_id } = {}) =>
      asClaim(await cli.json('claim', ...flags({ task, worker, request_id }))),
    heartbeat: (id, beat) => row('heartbeat', id, ...flags({ ...beat })),
    complete: (id, { result_summary: result, result_data: _, git: __, usage: ___, ...facts }) =>
      one('complete', id, ...flags({ result, ...facts })),
    fail: (id, { error_message: error, git: _, failure_kind: __, usage: ___, ...facts }) =>
      one('fail', id, ...flags({ error, ...facts })),
    cancel: (id) => one('cancel', id),
    suspend: (id) => one('suspend', id),
    continue: (id) => one('continue', id),
    requeue: (id, { note } = {}) => one('requeue', id, ...flags({ note })),
    ask: (id, { lease, text, choices: choice }) => one('ask', id, text, ...flags({ lease, choice })),
    answer: (id, { text }) => one('answer', id, text),
    editTask: (id, { tool_name: tool, payload, origin: _, ...patch }) =>
      one('edit', id, ...flags({ ...patch, tool, payload: text(payload) })),
    moveTask: (id, move) => one('move', id, ...flags({ ...move })),
    reviewTask: (id, { accepted }) => one('review', id, ...flags({ reject: !accepted })),
    parkTask: (id) => one('park', id),
    unparkTask: (id) => one('unpark', id),
    deleteTask: async (id) => {
      await cli.json('delete', id);
    },
    undeleteTask: (id) => one('undelete', id),
    listAttempts: async (id) => (await row<{ tries: Attempt[] }>('task', id)).tries,
    readOutput: async (id, { stream, attempt }) => {
      const stderr = stream === 'stderr';
      const { text, size, dropped } = await row<Omit<OutputChunk, 'next_offset'>>(
        'output',
        id,
        ...flags({ stderr, attempt }),
      );
      return { text, size, next_offset: size, dropped };
    },
    purge: ({ older_than_days: days, dry_run, keep_unreviewed } = {}) =>
      row(
        'purge',
        ...flags({ older_than: days === undefined ? undefined : `${days}d`, dry_run, keep_unreviewed }),
      ),
    listHistory: async ({ q: search, cursor: _, ...filter } = {}) => {
      const tasks = await row<HistoryTask[]>('history', ...flags({ search, ...filter }));
      return {
        tasks: tasks.map((task) => ({ ...task, payload: JSON.stringify(task.payload) })),
        next_cursor: null,
      };
    },
    eraseHistory: async (id) => {
      await cli.json('history', '--erase', id);
    },
    listTools: () => row('tools', 'list'),
    reload: async () => {
      await cli.json('reload');
    },
    stats: async () =>
      (await row<{ queue: { stats: Awaited<ReturnType<Operations['stats']>> } }>('status')).queue.stats,
  };
}
