/** What a worker does: peek, claim, heartbeat, complete, fail. */

import fs from 'node:fs';
import { type Command, Option } from 'commander';
import type { Claim, Stream, Task } from '../../core/model';
import { everything } from '../../core/paging';
import type { Completion, Queue, RunFacts } from '../../core/queue';
import { type CommandContext, taskJson } from '../context';
import { example } from '../help';
import { CommandError, required, wrongState } from '../terminal/errors';
import { isObject, parseInstant, parseInteger, parseSeconds } from '../terminal/values';

interface ClaimOptions {
  stream?: string;
  task?: string;
  wait?: number;
  worker?: string;
  requestId?: string;
}

interface EndOptions {
  stdout?: string;
  stderr?: string;
  lease?: string;
  exitCode?: number;
}

interface CompleteOptions extends EndOptions {
  result?: string;
  summary?: string;
  resultFile?: string;
}

interface FailOptions extends EndOptions {
  error: string;
  errorType?: string;
  retryAfter?: string;
}

interface HeartbeatOptions {
  lease?: string;
  progress?: number;
  message?: string;
}

export function addWorkCommands(program: Command, context: CommandContext): void {
  addPeek(program, context);
  addClaim(program, context);
  addHeartbeat(program, context);
  addComplete(program, context);
  addFail(program, context);
}

function addPeek(program: Command, context: CommandContext): void {
  program
    .command('peek')
    .description('show the task that a claim would give; changes nothing')
    .requiredOption('-s, --stream <stream>', 'name or id')
    .addHelpText('after', example('sparkq peek --stream auth'))
    .action((options: { stream: string }) =>
      context.withQueue(async (queue) => {
        const next = await queue.peek(required('Stream', options.stream));
        if (next === null) return context.say('No queued tasks');
        const { task, stream } = next;
        const prompt = promptOf(task);
        const lines = [
          `Task ${task.id}: ${task.tool_name} (task_class: ${task.task_class})`,
          `Queued: ${task.created_at}`,
        ];
        if (prompt !== '') lines.push(`Prompt: ${prompt.slice(0, 100)}...`);
        context.answer({ ...taskJson(task), stream }, lines);
      }),
    );
}

function addClaim(program: Command, context: CommandContext): void {
  program
    .command('claim')
    .description('take the next task of a stream; without --stream, list the streams')
    .option('-s, --stream <stream>', 'name or id')
    .addOption(new Option('--task <id>', 'take this very task').conflicts(['stream', 'wait']))
    .option('--wait <seconds>', 'wait for work this long', parseSeconds)
    .option('--worker <id>', 'id of the worker, as the queue issued it')
    .option('--request-id <text>', 'repeating a claim with the same text gives the same claim again')
    .addHelpText(
      'after',
      example('sparkq claim --stream auth --json', 'sparkq claim --stream auth --wait 300'),
    )
    .action((options: ClaimOptions) =>
      context.withQueue(
        (queue) => claim(queue, context, options),
        // Whoever waits leaves the queue to others meanwhile.
        options.wait ? { role: 'claim', serve: true } : {},
      ),
    );
}

async function claim(queue: Queue, context: CommandContext, options: ClaimOptions): Promise<void> {
  if (options.stream === undefined && options.task === undefined) return listClaimable(queue, context);
  const claimed = await claimOf(queue, context, options);
  if (claimed === null) {
    const { name } = await queue.getStream(options.stream ?? '');
    return context.say(`No queued tasks in stream '${name}'`);
  }
  const { task, stream, lease, lease_until, deadline } = claimed;
  context.answer({ ...taskJson(task), stream, lease, lease_until, deadline }, claimLines(claimed));
}

/** One claim waits at most this long, seconds; a longer wait takes several. */
const longestWait = 60;

async function claimOf(queue: Queue, context: CommandContext, options: ClaimOptions): Promise<Claim | null> {
  const request = { worker_id: options.worker, claim_request_id: options.requestId };
  if (options.task !== undefined) {
    return queue.claimTask(required('Task', options.task), { ...request, git: await context.gitFacts() });
  }
  const stream = required('Stream', options.stream ?? '', 'Try: sparkq stream list');
  let left = options.wait ?? 0;
  for (;;) {
    const git = await context.gitFacts();
    const claim = await queue.claimNext(stream, { ...request, git, wait: Math.min(left, longestWait) });
    left -= longestWait;
    if (claim !== null || left <= 0) return claim;
  }
}

function claimLines({ task, stream }: Claim): string[] {
  const prompt = promptOf(task);
  const lines = [`Task ${task.id}: ${task.tool_name}`, `Stream: ${stream.name}`];
  if (stream.instructions) lines.push(`Instructions: ${stream.instructions}`);
  if (prompt !== '') lines.push(`Prompt: ${prompt}`);
  return lines;
}

async function listClaimable(queue: Queue, context: CommandContext): Promise<void> {
  const streams = await everything((page) => queue.listStreams({ ...page, status: 'active' }));
  if (streams.length === 0) {
    throw new CommandError('Stream is required', { suggestion: 'Try: sparkq stream list' });
  }
  const line = ({ name, id, counts }: Stream) => `- ${name} (${id}): ${counts.queued} queued`;
  context.answer(
    streams.map(({ id, name, instructions, counts }) => ({ id, name, instructions, queued: counts.queued })),
    ['Streams to claim from, with --stream NAME:', ...streams.map(line)],
  );
}

function addHeartbeat(program: Command, context: CommandContext): void {
  program
    .command('heartbeat')
    .description('say that the work on a task goes on, and how far it is')
    .argument('<task>', 'id of a running task')
    .option('--lease <lease>', 'what the claim handed out')
    .option('--progress <percent>', '0 to 100', parseInteger)
    .option('--message <text>', 'what is being done')
    .addHelpText('after', example('sparkq heartbeat tsk_0a1b2c3d4e5f --lease 5f3a... --progress 40'))
    .action((id: string, { lease, progress, message }: HeartbeatOptions) =>
      context.withQueue(async (queue) => {
        const task = required('Task', id);
        const answer = await queue.heartbeat(task, { lease, progress, message });
        const lines = [`Task ${task} is held until ${answer.lease_until}`];
        if (answer.cancel_requested)
          lines.push('Its cancellation was asked for: stop, and report it as failed');
        context.answer(answer, lines);
      }),
    );
}

function withEndOptions(command: Command): Command {
  return command
    .option('--stdout <text>', 'what the work printed')
    .option('--stderr <text>', 'what it printed on stderr')
    .option('--lease <lease>', 'what the claim handed out; refused when somebody else holds the task now')
    .option('--exit-code <number>', 'what the work exited with', parseInteger);
}

function factsOf({ stdout, stderr, lease, exitCode }: EndOptions): RunFacts {
  return { stdout, stderr, lease, exit_code: exitCode };
}

function addComplete(program: Command, context: CommandContext): void {
  const command = program
    .command('complete')
    .description('report a task as succeeded')
    .argument('<task>', 'id of a running task')
    .option('-r, --result <text>', 'what came of it: text, JSON, or the path of a file that holds it')
    .addOption(new Option('--summary <text>', 'the same as --result').conflicts('result'))
    .option('-f, --result-file <path>', 'a file with the result; --result is its summary');
  withEndOptions(command)
    .addHelpText(
      'after',
      example(
        'sparkq complete tsk_0a1b2c3d4e5f --result "All tests pass"',
        'sparkq complete tsk_0a1b2c3d4e5f -r "" -f report.json',
      ),
    )
    .action(async (given: string, options: CompleteOptions) => {
      const result = options.result ?? options.summary;
      if (result === undefined)
        return command.error("error: required option '-r, --result <text>' not specified");
      const git = await context.gitFacts();
      return context.withQueue(async (queue) => {
        const id = required('Task', given);
        await queue.getTask(id);
        const completion = completionOf(result, options.resultFile);
        if (completion.result_summary.trim() === '') throw new CommandError('Result summary is required');
        const task = await queue.complete(id, { ...completion, ...factsOf(options), git });
        context.answer(taskJson(task), `Task ${task.id} marked as succeeded`);
      });
    });
}

/** A summary that has to be cut from a file's text is this long, characters. */
const summaryLength = 200;

/** What `--result` and `--result-file` say together. */
function completionOf(result: string, file: string | undefined): Completion {
  if (file !== undefined) {
    const text = readFileOf(file);
    return { result_summary: result.trim() === '' ? summaryOf(text) : result, result_data: text };
  }
  const text = textOfFile(result);
  if (text === null) return { result_summary: result };
  return isJson(text)
    ? { result_summary: text }
    : { result_summary: text.slice(0, summaryLength), result_data: text };
}

function readFileOf(file: string): string {
  const text = textOfFile(file);
  if (text === null) throw new CommandError(`Result file not found: ${file}`);
  return text;
}

/** The text of a file; null when `name` names none. */
function textOfFile(name: string): string | null {
  return isFile(name) ? fs.readFileSync(name, 'utf8') : null;
}

/** Any text may be asked about: most results are too long for a name, or none for other reasons. */
function isFile(name: string): boolean {
  try {
    return fs.statSync(name, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function summaryOf(text: string): string {
  const value: unknown = isJson(text) ? JSON.parse(text) : null;
  if (isObject(value) && typeof value.summary === 'string') return value.summary;
  return text.slice(0, summaryLength);
}

function addFail(program: Command, context: CommandContext): void {
  const command = program
    .command('fail')
    .description('report a task as failed')
    .argument('<task>', 'id of a running task')
    .requiredOption('-e, --error <text>', 'what went wrong')
    .option('--error-type <word>', 'put before the text: WORD: text')
    .option(
      '--retry-after <when>',
      'put it back instead, not before this time or after this wait; spends no attempt',
    );
  withEndOptions(command)
    .addHelpText('after', example('sparkq fail tsk_0a1b2c3d4e5f --error "Two tests fail" --error-type TESTS'))
    .action(async (given: string, options: FailOptions) => {
      const git = await context.gitFacts();
      await context.withQueue(async (queue) => {
        const id = required('Task', given);
        const before = await queue.getTask(id);
        const message = required('Error message', options.error);
        // A lease is judged by the queue, which also knows what a repeated or late report means.
        if (before.status !== 'running' && options.lease === undefined) {
          throw wrongState('Fail', before.status, 'claim the task first');
        }
        const task = await queue.fail(id, {
          error_message: message,
          error_type: options.errorType,
          ...(options.retryAfter !== undefined && {
            retry_after: parseInstant('retry-after', options.retryAfter),
          }),
          ...factsOf(options),
          git,
        });
        context.answer(taskJson(task), failedLine(task));
      });
    });
}

function failedLine(task: Task): string {
  if (task.status === 'failed') return `Task ${task.id} marked as failed`;
  return `Task ${task.id} is queued again${task.not_before === null ? '' : `, not before ${task.not_before}`}`;
}

function promptOf(task: Task): string {
  const payload = task.payload_json;
  return isObject(payload) && typeof payload.prompt === 'string' ? payload.prompt : '';
}
