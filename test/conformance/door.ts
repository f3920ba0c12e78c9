/** The doors to a queue, as one shape: what a case does is the same, whichever door it goes through. */

import assert from 'node:assert/strict';
import type { Session, Stream, Task } from '../../src/core/model';
import type { NewTask, Queue } from '../../src/core/queue';
import { presentTask } from '../../src/core/refusals';
import type { FakeClock } from '../support/fakeClock';
import type { QueueOfRows } from '../support/localQueue';
import type { RowId } from './rows';

export type DoorName = 'local' | 'http' | 'cli' | 'postgres' | 'postgres over HTTP';

/** What can be done through every door. */
export type Operations = Pick<
  QueueOfRows,
  | 'createSession'
  | 'getSession'
  | 'listSessions'
  | 'endSession'
  | 'createStream'
  | 'getStream'
  | 'listStreams'
  | 'updateStream'
  | 'pauseStream'
  | 'resumeStream'
  | 'endStream'
  | 'enqueue'
  | 'getTask'
  | 'listTasks'
  | 'peek'
  | 'claimNext'
  | 'claimTask'
  | 'heartbeat'
  | 'complete'
  | 'fail'
  | 'ask'
  | 'answer'
  | 'cancel'
  | 'suspend'
  | 'continue'
  | 'requeue'
  | 'editTask'
  | 'moveTask'
  | 'reviewTask'
  | 'parkTask'
  | 'unparkTask'
  | 'deleteTask'
  | 'undeleteTask'
  | 'listHistory'
  | 'eraseHistory'
  | 'listAttempts'
  | 'readOutput'
  | 'purge'
  | 'listTools'
  | 'reload'
  | 'stats'
>;

export interface Door {
  readonly name: DoorName;
  /** What the case goes through. */
  readonly queue: Operations;
  /** The same queue in this process: arranges what a case does not try itself, and is quick. */
  readonly behind: Queue;
  /** Of that queue. It stands still until it is moved. */
  readonly clock: FakeClock;
  close(): Promise<void>;
}

/** One scenario: its steps and what is expected, and which promises it holds the product to. */
export interface Case {
  name: string;
  rows: readonly RowId[];
  /** It is about the clock of this machine, which does not matter where a server's decides. */
  ofThisMachine?: true;
  run(door: Door): Promise<void>;
}

/** A refusal as a client sees it: what a door reports of it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    message: string,
    readonly facts: {
      code?: string;
      status?: number;
      exit?: number | null;
      hint?: string;
      details?: Readonly<Record<string, unknown>>;
    },
  ) {
    super(message);
  }
}

/** The machine words with the HTTP status of each. */
export const statusOfCode: Readonly<Record<string, number>> = {
  missing_field: 400,
  invalid_field: 400,
  invalid_filter: 400,
  not_found: 404,
  wrong_state: 409,
  already_claimed: 409,
  not_ready: 409,
  lease_superseded: 409,
  stream_ended: 409,
  session_ended: 400,
  name_taken: 400,
  unauthorized: 401,
  forbidden_host: 403,
  forbidden_origin: 403,
  too_large: 413,
  unsupported_type: 415,
  method_not_allowed: 405,
  conflict: 409,
  gone: 410,
  storage_failed: 503,
  outcome_unknown: 503,
  upgrade_required: 426,
  internal: 500,
};

const exitOfCode: Readonly<Record<string, number>> = { already_claimed: 4, lease_superseded: 4 };

/** Asserts that the call is refused with this code (if the door reports it) and, if given, this sentence. */
export async function refuses(call: Promise<unknown>, code: string, sentence?: RegExp): Promise<Refusal> {
  const refusal = await call.then(
    (answer) => assert.fail(`Not refused with ${code}, but answered ${JSON.stringify(answer)}`),
    (error: unknown) => error,
  );
  if (!(refusal instanceof Refusal)) throw refusal;
  const { facts, message } = refusal;
  if (facts.code !== undefined) assert.equal(facts.code, code, message);
  if (facts.status !== undefined) assert.equal(facts.status, statusOfCode[code], message);
  if (facts.exit !== undefined) assert.equal(facts.exit, exitOfCode[code] ?? 1, message);
  if (sentence) assert.match(message, sentence);
  return refusal;
}

let names = 0;

/** A name that no other case uses. */
export function newName(word: string): string {
  names += 1;
  return `${word}-${names}`;
}

export interface Lane {
  session: Session;
  stream: Stream;
  /** Of the stream. */
  name: string;
  add(more?: Partial<NewTask>): Promise<Task>;
}

/** A new stream in a new session, made behind the door; tasks that are added to it come in there as well. */
export async function newLane(
  { behind }: Pick<Door, 'behind'>,
  options: { instructions?: string; on_failure?: 'pause' | 'continue' } = {},
): Promise<Lane> {
  const session = await behind.createSession({ name: newName('session') });
  const stream = await behind.createStream({ session: session.id, name: newName('lane'), ...options });
  return {
    session,
    stream,
    name: stream.name,
    add: async (more) => {
      const { task } = await behind.enqueue({ stream: stream.id, tool_name: 'llm-haiku', ...more });
      return presentTask(task);
    },
  };
}

/** A value that must be there. */
export function some<T>(value: T | null | undefined): T {
  assert.ok(value !== null && value !== undefined, 'There is nothing');
  return value;
}

/** Resolves at the event; call it before what causes it. */
export function eventOf(queue: Queue, type: string, taskId: string): Promise<void> {
  return new Promise((resolve) => {
    const stop = queue.subscribe((event) => {
      if (event.type !== type || event.task_id !== taskId) return;
      stop();
      resolve();
    });
  });
}

/** Resolves when input and output had their turn. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets time pass, and whatever becomes due of it happen, until `done` has come true. */
export async function pass<T>({ clock }: Door, ms: number, done: Promise<T>): Promise<T> {
  let over = false;
  const settled = done.finally(() => {
    over = true;
  });
  clock.advance(ms);
  while (!over) {
    // What was under way as the time passed sets its timers only now.
    await Promise.race([turn(), settled]);
    clock.advance(0);
  }
  return settled;
}

/** Lets time pass until the task has ended by itself. */
export async function passUntilFailed(door: Door, taskId: string, ms: number): Promise<void> {
  await pass(door, ms, eventOf(door.behind, 'task.failed', taskId));
}

export const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/;

export function idPattern(prefix: string): RegExp {
  return new RegExp(`^${prefix}_[0-9a-f]{12}$`);
}
