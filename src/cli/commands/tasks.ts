/** Reads tasks: `tasks` lists them, `task` shows one, `output` prints what it wrote. */

import { type Command, Option } from 'commander';
import { sleep } from '../../core/clock';
import { gitStoryOf } from '../../core/gitStory';
import { failureKinds, type Stream, type Task, type TaskDetail, type TaskStatus } from '../../core/model';
import { everything } from '../../core/paging';
import type { OutputChunk, Queue } from '../../core/queue';
import { type Waiting, whyWaitingHere } from '../../core/waiting';
import { type CommandContext, namesById, taskJson } from '../context';
import { example } from '../help';
import { required } from '../terminal/errors';
import { paintStatus, writeOut } from '../terminal/streams';
import { taskTable } from '../terminal/tables';
import { oneOf, parseInteger } from '../terminal/values';

interface TasksOptions {
  status?: string;
  stream?: string;
  session?: string;
  stale?: boolean;
  failureKind?: string;
  unreviewed?: boolean;
  deleted?: boolean;
  search?: string;
  limit?: number;
}

interface OutputOptions {
  stderr?: boolean;
  attempt?: number;
  follow?: boolean;
}

interface OutputAnswer {
  task_id: string;
  stream: 'stdout' | 'stderr';
  text: string;
  size: number;
  dropped: OutputChunk['dropped'];
}

/** `claimed` is an older word for running. */
const statusWords = ['queued', 'running', 'claimed', 'succeeded', 'failed'] as const;

export function addTaskCommands(program: Command, context: CommandContext): void {
  addTasks(program, context);
  addTask(program, context);
  addOutput(program, context);
}

function addTasks(program: Command, context: CommandContext): void {
  program
    .command('tasks')
    .description('list tasks, newest first')
    .option('-s, --status <status>', `only those that are ${statusWords.join(', ')}`)
    .option('--stream <stream>', 'only those of this stream, by name or id')
    .option('--session <session>', 'only those of this session, by name or id')
    .option('--stale', 'only those that have run for longer than their timeout')
    .option('--failure-kind <kind>', `only those that failed so: ${failureKinds.join(', ')}`)
    .option('--unreviewed', 'only finished ones that nobody has looked at')
    .option('--deleted', 'only deleted ones that sparkq undelete can restore')
    .option('--search <text>', 'only those with this text in id, label, tool, payload, summary or error')
    .option('-l, --limit <count>', 'at most this many', parseInteger)
    .addHelpText(
      'after',
      example('sparkq tasks --status failed --stream auth', 'sparkq tasks --unreviewed --json'),
    )
    .action((options: TasksOptions) =>
      context.withQueue(async (queue) => {
        const tasks = await tasksOf(queue, options);
        if (tasks.length === 0) return context.answer([], 'No tasks found');
        const streams = namesById(await everything((page) => queue.listStreams(page)));
        context.answer(tasks.map(taskJson), taskTable(tasks, streams));
      }),
    );
}

async function tasksOf(queue: Queue, options: TasksOptions): Promise<Task[]> {
  const { limit } = options;
  const session =
    options.session === undefined ? undefined : await queue.getSession(required('Session', options.session));
  const filter = {
    status: options.status === undefined ? undefined : statusOf(options.status),
    stream: options.stream === undefined ? undefined : required('Stream', options.stream),
    session_id: session?.id,
    stale: options.stale,
    failure_kind:
      options.failureKind === undefined
        ? undefined
        : oneOf('failure-kind', options.failureKind, failureKinds),
    unreviewed: options.unreviewed,
    deleted: options.deleted,
    q: options.search,
  };
  if (limit !== undefined && limit >= 1 && limit <= 1000)
    return (await queue.listTasks({ ...filter, limit })).items;
  const tasks = await everything((page) => queue.listTasks({ ...filter, ...page }));
  // A negative limit leaves the last ones out, as it always did.
  return limit === undefined ? tasks : tasks.slice(0, limit);
}

function statusOf(text: string): TaskStatus {
  const word = oneOf('status', text, statusWords);
  return word === 'claimed' ? 'running' : word;
}

function addTask(program: Command, context: CommandContext): void {
  program
    .command('task')
    .description('show one task in full')
    .argument('<task>', 'its id')
    .addHelpText('after', example('sparkq task tsk_0a1b2c3d4e5f'))
    .action((id: string) =>
      context.withQueue(async (queue) => {
        const found = await queue.getTask(required('Task', id));
        const [stream, attempts, now] = await Promise.all([
          queue.getStream(found.stream_id),
          queue.listAttempts(found.id),
          context.gitFacts(),
        ]);
        const task = { ...found, ...(await waitingHere(context, found, stream)) };
        context.answer(
          {
            ...taskJson(task),
            stream: { id: stream.id, name: stream.name, instructions: stream.instructions },
            tries: attempts,
          },
          taskLines(task, stream.name, gitStoryOf(task, attempts, now)),
        );
      }),
    );
}

/** Why it waits, as far as the lock of its stream's worker tells. */
async function waitingHere(context: CommandContext, task: Task, stream: Stream): Promise<Waiting> {
  const where = context.find();
  if ('url' in where || task.waiting === null) return task;
  const { streamWorkerHolder } = await import('../../runner/streamWorker/streamWorkerLock');
  const present = streamWorkerHolder(where.storage, stream.name) !== null;
  return whyWaitingHere(task, stream, { present }, Date.now());
}

function taskLines(task: TaskDetail, stream: string, git: string | null): string[] {
  const facts: [string, string | number | null][] = [
    ['Label', task.label],
    ['Stream', stream],
    [
      'Status',
      task.failure_kind === null
        ? paintStatus(task.status)
        : `${paintStatus(task.status)} (${task.failure_kind})`,
    ],
    ['Waiting', task.waiting],
    ['Parked', task.parked ? 'yes' : null],
    ['Timeout', `${task.timeout} s`],
    ['Attempts', task.max_attempts > 1 ? `${task.attempts} (of ${task.max_attempts})` : task.attempts],
    ['Queued', task.created_at],
    ['Not before', task.not_before],
    ['After', task.after.length === 0 ? null : task.after.join(', ')],
    ['Retry of', task.retry_of],
    ['Started', task.started_at],
    ['Deadline', task.status === 'running' ? task.deadline : null],
    ['Finished', task.finished_at],
    ['Progress', task.progress === null ? null : `${task.progress} % ${task.progress_message ?? ''}`.trim()],
    ['Cancel', task.cancel_requested && task.status === 'running' ? 'asked for' : null],
    ['Exit code', task.exit_code],
    ['Summary', task.result_summary],
    ['Error', task.error],
    ['Git', git],
    ['Reviewed', reviewOf(task)],
    ['Note', task.note],
    ['Payload', task.payload],
  ];
  const lines = facts
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${`${name}:`.padEnd(12)}${value}`);
  return [
    `Task ${task.id}: ${task.tool_name} (task_class: ${task.task_class})`,
    ...lines,
    ...outputLines('Stdout', task.stdout),
    ...outputLines('Stderr', task.stderr),
  ];
}

function reviewOf({ reviewed_at, accepted }: Task): string | null {
  if (reviewed_at === null) return null;
  return accepted === null ? reviewed_at : `${reviewed_at} (${accepted ? 'accepted' : 'not accepted'})`;
}

function outputLines(title: string, text: string | null): string[] {
  return text === null || text === '' ? [] : ['', `${title}:`, text.trimEnd()];
}

function addOutput(program: Command, context: CommandContext): void {
  program
    .command('output')
    .description('print what a task has written')
    .argument('<task>', 'its id')
    .option('--stderr', 'what it wrote there, instead of stdout')
    .addOption(
      new Option('--attempt <number>', 'of this attempt; the newest by default').argParser(parseInteger),
    )
    .option('-f, --follow', 'go on until the task has finished')
    .addHelpText('after', example('sparkq output tsk_0a1b2c3d4e5f --follow'))
    .action((given: string, options: OutputOptions) =>
      context.withQueue(
        (queue) => printOutput(queue, context, required('Task', given), options),
        options.follow ? { role: 'output', serve: true } : {},
      ),
    );
}

async function printOutput(
  queue: Queue,
  context: CommandContext,
  id: string,
  options: OutputOptions,
): Promise<void> {
  const stream = options.stderr ? 'stderr' : 'stdout';
  const answer: OutputAnswer = { task_id: id, stream, text: '', size: 0, dropped: null };
  const rest = (from: number, attempt: number | undefined) =>
    readRest(queue, { ...answer, attempt }, from, (chunk) => {
      if (context.json) answer.text += chunk.text;
      else writeOut(chunk.text);
      answer.size = chunk.size;
      answer.dropped = chunk.dropped ?? answer.dropped;
    });
  const anew = () => Object.assign(answer, { text: '', size: 0, dropped: null });
  await (options.follow ? followOutput(queue, id, options.attempt, rest, anew) : rest(0, options.attempt));
  if (context.json) context.answer(answer, '');
}

/** Reads from byte `from` to the present end, and answers where that is. */
async function readRest(
  queue: Queue,
  of: { task_id: string; stream: 'stdout' | 'stderr'; attempt?: number },
  from: number,
  take: (chunk: OutputChunk) => void,
): Promise<number> {
  let offset = from;
  for (;;) {
    const chunk = await queue.readOutput(of.task_id, { stream: of.stream, attempt: of.attempt, offset });
    take(chunk);
    if (chunk.next_offset <= offset) return offset;
    offset = chunk.next_offset;
  }
}

/** How often output that is being written is read, milliseconds: the queue tells of no single line. */
const followEvery = 250;

/**
 * Reads until the task has finished. Without an attempt it goes on to the next one from that one's beginning.
 * @param anew called before the output of another attempt is read
 */
async function followOutput(
  queue: Queue,
  id: string,
  wanted: number | undefined,
  rest: (from: number, attempt: number | undefined) => Promise<number>,
  anew: () => void,
): Promise<void> {
  let attempt = wanted;
  let offset = 0;
  for (;;) {
    const { status, attempts } = await queue.getTask(id);
    const newest = wanted ?? (attempts > 0 ? attempts : undefined);
    if (newest !== attempt) {
      // What the one before has written since the last look.
      if (attempt !== undefined) await rest(offset, attempt);
      anew();
      attempt = newest;
      offset = 0;
    }
    if (attempt !== undefined || isOver(status)) offset = await rest(offset, attempt);
    if (isOver(status)) return;
    await sleep(followEvery);
  }
}

/** Whether nothing more will happen to a task with this status. */
export function isOver(status: TaskStatus): boolean {
  return status === 'succeeded' || status === 'failed';
}
