/** `sparkq schedule`: commands that are queued at certain times, over and over. */

import { type Command, Option } from '@commander-js/extra-typings';
import { workedOn } from '../../client/streamWorkers';
import { workOf } from '../../config/plainCommand';
import { schedulePin, unconfirmedOf } from '../../core/config';
import { taskJson } from '../../core/exactJson';
import { missedPolicies, overlapPolicies, type Schedule, type Stream } from '../../core/model';
import { everything } from '../../core/paging';
import type { Queue, SchedulePatch } from '../../core/queue';
import { presentSchedule } from '../../core/refusals';
import { nameOfTask } from '../../core/taskName';
import { localText } from '../../core/times';
import { mainStream } from '../../store/mainStream';
import { type CommandContext, namesById } from '../context';
import {
  choice,
  example,
  frontOption,
  given,
  killAfterOption,
  labelOption,
  maxAttemptsOption,
  nonBlank,
  timeoutOption,
} from '../terminal/options';
import { writeError } from '../terminal/streams';
import { scheduleTable } from '../terminal/tables';
import {
  cwdOption,
  envOption,
  findHere,
  problemMatcherOption,
  shellOption,
  streamOption,
} from './tasks/here';
import { adviseOnWorker } from './tasks/workerAdvice';

const sample = 'sch_0a1b2c3d4e5f';
const zoneHelp = 'the time zone that the times are in, such as Europe/Berlin';
const missedOption = new Option(
  '--missed <what>',
  'at a time when nobody had the queue open: skip it, or run once for all that were missed',
).argParser(choice('missed', missedPolicies));
const overlapOption = new Option(
  '--overlap <what>',
  'while its last task has not finished: skip the time, or queue another one',
).argParser(choice('overlap', overlapPolicies));

export function addSchedule(program: Command, context: CommandContext): void {
  const schedule = program.command('schedule').description('queue a command at certain times, over and over');
  addAdd(schedule, context);
  addList(schedule, context);
  addEdit(schedule, context);
  /** A command that takes a schedule and nothing else. */
  const onOne = (name: string, description: string) =>
    schedule
      .command(name)
      .description(description)
      .argument('<schedule>', 'schedule id', nonBlank('Schedule'))
      .addHelpText('after', example(`sparkq schedule ${name} ${sample}`));
  const change = (
    name: string,
    description: string,
    done: string,
    work: (queue: Queue, id: string) => Promise<Schedule>,
  ) =>
    onOne(name, description).action((id) =>
      context.withQueue(async (queue) => {
        const changed = await work(queue, id);
        context.answer(taskJson(changed), `Schedule ${changed.id} ${done}${nextWords(changed)}`);
      }),
    );
  change('pause', 'queue nothing at the times of a schedule', 'paused', async (queue, id) =>
    presentSchedule(await queue.pauseSchedule(id)),
  );
  change('resume', 'let a paused schedule go on', 'resumed', async (queue, id) =>
    presentSchedule(await queue.resumeSchedule(id)),
  );
  onOne('run', 'queue the command of a schedule now').action((id) =>
    context.withQueue(async (queue) => {
      const task = await queue.runSchedule(id);
      context.answerTask(task, (row) => `Task ${row.id} added: ${nameOfTask(row)}`);
      if (task.status === 'queued')
        await adviseOnWorker(context, queue, await queue.getStream(task.stream_id));
    }),
  );
  onOne('remove', 'remove a schedule; its tasks stay').action((id) =>
    context.withQueue(async (queue) => {
      await queue.removeSchedule(id);
      context.answer({ id, removed: true }, `Schedule ${id} removed`);
    }),
  );
}

function addAdd(schedule: Command, context: CommandContext): void {
  schedule
    .command('add')
    .description('queue a command at certain times; it runs in this folder, with the PATH of this terminal')
    .argument(
      '<cron>',
      'minute, hour, day of the month, month, day of the week, in quotes; or a word such as @daily',
      nonBlank('Cron'),
    )
    .argument('<command...>', 'a program and its arguments; or one quoted line for the shell')
    .usage('[options] <cron> -- <command...>')
    .option('--tz <zone>', `${zoneHelp}; by default that of this machine`, nonBlank('Time zone'))
    .addOption(missedOption)
    .addOption(overlapOption)
    .addOption(streamOption)
    .addOption(shellOption)
    .addOption(cwdOption)
    .addOption(envOption)
    .addOption(problemMatcherOption)
    .addOption(labelOption)
    .addOption(frontOption)
    .addOption(timeoutOption)
    .addOption(killAfterOption)
    .addOption(maxAttemptsOption)
    .addHelpText(
      'after',
      example(
        'sparkq schedule add "0 2 * * *" -- make nightly',
        'sparkq schedule add "*/15 9-17 * * MON-FRI" --tz Europe/Berlin --missed once -- npm test',
      ),
    )
    .action(async (cron, words, options, command) => {
      if (options.shell !== undefined && words.length > 1)
        return command.error('error: --shell reads one line: put the whole command in quotes');
      const here = await findHere(context, options);
      await context.withQueue(async (queue) => {
        const stream =
          options.stream === undefined ? await mainStream(queue) : await queue.getStream(options.stream);
        const made = presentSchedule(
          await queue.createSchedule({
            ...workOf(words, options.shell, here),
            stream: stream.id,
            cron,
            zone: options.tz ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
            missed: options.missed,
            overlap: options.overlap,
            label: options.label,
            front: options.front,
            timeout: options.timeout,
            kill_after: options.killAfter,
            max_attempts: options.maxAttempts,
          }),
        );
        const text = `Schedule ${made.id} added to stream '${stream.name}': ${nameOfTask(made)}${nextWords(made)}`;
        context.answer(taskJson(made), text);
        await adviseOnOwner(context, queue);
        await adviseOnWorker(context, queue, stream);
      });
    });
}

function addList(schedule: Command, context: CommandContext): void {
  schedule
    .command('list')
    .description('list schedules, newest first, with their next times')
    .option('-s, --stream <stream>', 'only schedules of this stream (name or id)', nonBlank('Stream'))
    .addHelpText('after', example('sparkq schedule list', 'sparkq schedule list --json'))
    .action(({ stream }) =>
      context.withQueue(async (queue) => {
        const schedules = await everything((page) => queue.listSchedules({ ...page, stream }));
        if (context.json) return context.answer(schedules.map(taskJson), '');
        const streams = schedules.length === 0 ? [] : await everything((page) => queue.listStreams(page));
        const workers = await streamsWithWorker(queue, schedules, streams);
        context.answerList(schedules, 'No schedules found.', () =>
          scheduleTable(schedules, namesById(streams), workers),
        );
        for (const { id, last_error: error } of schedules)
          if (error !== null) writeError(`Schedule ${id}: ${error}\n`);
        for (const name of unconfirmedOf((await queue.config()).config))
          if (name.startsWith(schedulePin('')))
            writeError(`${name} of sparkq.yml waits until it is confirmed with: sparkq trust\n`);
        if (schedules.some(({ next_at: next }) => next !== null)) await adviseOnOwner(context, queue);
      }),
    );
}

function addEdit(schedule: Command, context: CommandContext): void {
  schedule
    .command('edit')
    .description('change the times of a schedule, or its stream')
    .argument('<schedule>', 'schedule id', nonBlank('Schedule'))
    .option('--cron <cron>', 'its times, in quotes', nonBlank('Cron'))
    .option('--tz <zone>', zoneHelp, nonBlank('Time zone'))
    .addOption(missedOption)
    .addOption(overlapOption)
    .option('-s, --stream <stream>', 'name or id of another stream', nonBlank('Stream'))
    .addHelpText('after', example(`sparkq schedule edit ${sample} --cron "30 4 * * *"`))
    .action((id, { cron, tz: zone, missed, overlap, stream }) => {
      const patch: SchedulePatch = { cron, zone, missed, overlap, stream };
      return context.withQueue(async (queue) => {
        const changed = presentSchedule(await queue.updateSchedule(id, given(patch, 'schedule edit')));
        context.answer(taskJson(changed), `Schedule ${changed.id} changed${nextWords(changed)}`);
      });
    });
}

function nextWords({ next_at: next }: Schedule): string {
  return next === null ? '' : `; next at ${localText(next)}`;
}

/** Says on stderr that nothing happens at the times of a schedule while only single commands have the queue. */
async function adviseOnOwner(context: CommandContext, queue: Queue): Promise<void> {
  if (context.json || (await queue.status()).role !== 'command') return;
  writeError(
    'No editor window, sparkq serve or sparkq watch has the queue open: until one has, schedules queue nothing.\n' +
      'Suggestion: start one with: sparkq serve\n',
  );
}

/** Ids of those streams of schedules on which somebody works. */
async function streamsWithWorker(
  queue: Queue,
  schedules: readonly Schedule[],
  streams: readonly Stream[],
): Promise<Set<string>> {
  const used = new Set(schedules.map(({ stream_id: id }) => id));
  const isWorkedOn = await workedOn(queue);
  return new Set(streams.filter((stream) => used.has(stream.id) && isWorkedOn(stream)).map(({ id }) => id));
}
