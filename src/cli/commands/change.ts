/** Changes tasks: requeue, cancel, edit, move, park, unpark, delete, undelete, review. */

import { type Command, Option } from 'commander';
import type { Task } from '../../core/model';
import type { Move, Queue, TaskPatch } from '../../core/queue';
import { type CommandContext, taskJson } from '../context';
import { example } from '../help';
import { CommandError, required } from '../terminal/errors';
import { readStdin } from '../terminal/streams';
import { parseInstant, parseNumber, parsePayload } from '../terminal/values';

interface EditOptions {
  prompt?: string;
  payload?: string;
  label?: string;
  timeout?: number;
  tool?: string;
  notBefore?: string;
}

interface MoveOptions {
  stream?: string;
  before?: string;
  after?: string;
  to?: 'front' | 'back';
}

const sampleId = 'tsk_0a1b2c3d4e5f';

export function addChangeCommands(program: Command, context: CommandContext): void {
  addRequeue(program, context);
  addEdit(program, context);
  addMove(program, context);
  addReview(program, context);
  addDelete(program, context);
  const simple = (
    name: string,
    description: string,
    done: (task: Task) => string,
    act: (queue: Queue, id: string) => Promise<Task>,
  ) =>
    program
      .command(name)
      .description(description)
      .argument('<task>', 'its id')
      .addHelpText('after', example(`sparkq ${name} ${sampleId}`))
      .action((id: string) =>
        context.withQueue(async (queue) => {
          const task = await act(queue, required('Task', id));
          context.answer(taskJson(task), `Task ${task.id} ${done(task)}`);
        }),
      );
  simple('cancel', 'end a queued task, or ask for the end of a running one', cancelled, (queue, id) =>
    queue.cancel(id),
  );
  simple(
    'undelete',
    'take back the delete of a task, within seven days',
    () => 'restored',
    (queue, id) => queue.undeleteTask(id),
  );
  simple(
    'park',
    'set a queued task aside: it is not handed out',
    () => 'parked',
    (queue, id) => queue.parkTask(id),
  );
  simple(
    'unpark',
    'hand a parked task out again',
    () => 'unparked',
    (queue, id) => queue.unparkTask(id),
  );
}

function cancelled(task: Task): string {
  return task.status === 'running' ? 'was asked to stop' : 'cancelled';
}

function addRequeue(program: Command, context: CommandContext): void {
  program
    .command('requeue')
    .description('copy a finished task to the back of its stream, under a new id')
    .argument('<task>', 'its id')
    .option('--note <text>', 'reaches whoever does it next')
    .addHelpText('after', example(`sparkq requeue ${sampleId} --note "Leave the schema alone"`))
    .action((given: string, options: { note?: string }) =>
      context.withQueue(async (queue) => {
        const id = required('Task', given);
        const copy = await queue.requeue(id, { note: options.note });
        context.answer(taskJson(copy), `Task ${id} requeued as ${copy.id}`);
      }),
    );
}

function addEdit(program: Command, context: CommandContext): void {
  program
    .command('edit')
    .description('change a queued task')
    .argument('<task>', 'its id')
    .addOption(new Option('--prompt <text>', 'the prompt, or - to read it from stdin').conflicts('payload'))
    .option('--payload <json>', 'the whole payload, a JSON object')
    .option('--label <text>', 'what lists show; empty for none')
    .option('--timeout <seconds>', 'how long it may take', parseNumber)
    .option('-t, --tool <tool>', 'what does the work')
    .option('--not-before <when>', 'a time, or a wait such as 10m; empty for none')
    .addHelpText('after', example(`sparkq edit ${sampleId} --prompt "Write the login tests, in German"`))
    .action(async (given: string, options: EditOptions) => {
      const patch = await patchOf(options);
      await context.withQueue(async (queue) => {
        const task = await queue.editTask(required('Task', given), patch);
        context.answer(taskJson(task), `Task ${task.id} changed`);
      });
    });
}

async function patchOf(options: EditOptions): Promise<TaskPatch> {
  const { prompt, payload, label, timeout, tool, notBefore } = options;
  const patch: TaskPatch = {
    ...(prompt !== undefined && { prompt: prompt === '-' ? await readStdin() : prompt }),
    ...(payload !== undefined && { payload: parsePayload(payload) }),
    ...(label !== undefined && { label: label === '' ? null : label }),
    ...(timeout !== undefined && { timeout }),
    ...(tool !== undefined && { tool_name: required('Tool', tool, 'Try: sparkq tools list') }),
    ...(notBefore !== undefined && {
      not_before: notBefore === '' ? null : parseInstant('not-before', notBefore),
    }),
  };
  if (Object.keys(patch).length > 0) return patch;
  throw new CommandError('Nothing to change was given', { suggestion: 'See: sparkq edit --help' });
}

function addMove(program: Command, context: CommandContext): void {
  const places = ['before', 'after', 'to'];
  const only = (option: Option) => option.conflicts(places.filter((name) => name !== option.attributeName()));
  program
    .command('move')
    .description('move a queued task within its stream, or to another one')
    .argument('<task>', 'its id')
    .option('-s, --stream <stream>', 'to this stream, by name or id')
    .addOption(only(new Option('--before <task>', 'right before this one')))
    .addOption(only(new Option('--after <task>', 'right after this one')))
    .addOption(only(new Option('--to <end>', 'of the lane').choices(['front', 'back'])))
    .addHelpText(
      'after',
      example(`sparkq move ${sampleId} --to front`, `sparkq move ${sampleId} --stream docs`),
    )
    .action((given: string, options: MoveOptions) =>
      context.withQueue(async (queue) => {
        const task = await queue.moveTask(required('Task', given), moveOf(options));
        const { name } = await queue.getStream(task.stream_id);
        context.answer(taskJson(task), `Task ${task.id} moved in stream '${name}'`);
      }),
    );
}

function moveOf({ stream, before, after, to }: MoveOptions): Move {
  if (stream === undefined && before === undefined && after === undefined && to === undefined) {
    throw new CommandError('A place to move to is required', {
      suggestion: 'Give --stream, --before, --after or --to',
    });
  }
  return {
    ...(stream !== undefined && { stream: required('Stream', stream) }),
    ...(before !== undefined && { before: required('Task', before) }),
    ...(after !== undefined && { after: required('Task', after) }),
    ...(to !== undefined && { to }),
  };
}

function addReview(program: Command, context: CommandContext): void {
  program
    .command('review')
    .description('mark a finished task as looked at')
    .argument('<task>', 'its id')
    .option('--reject', 'and not accepted')
    .addHelpText('after', example(`sparkq review ${sampleId}`, `sparkq review ${sampleId} --reject`))
    .action((given: string, options: { reject?: boolean }) =>
      context.withQueue(async (queue) => {
        const accepted = options.reject !== true;
        const task = await queue.reviewTask(required('Task', given), { accepted });
        context.answer(
          taskJson(task),
          `Task ${task.id} ${accepted ? 'accepted' : 'reviewed and not accepted'}`,
        );
      }),
    );
}

function addDelete(program: Command, context: CommandContext): void {
  program
    .command('delete')
    .description('delete a task that is not running')
    .argument('<task>', 'its id')
    .addHelpText('after', example(`sparkq delete ${sampleId}`))
    .action((given: string) =>
      context.withQueue(async (queue) => {
        const id = required('Task', given);
        await queue.deleteTask(id);
        context.answer({ id, deleted: true }, `Task ${id} deleted`);
      }),
    );
}
