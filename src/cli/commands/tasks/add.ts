/** `sparkq add`: queues any command, to run in the folder and the environment of whoever calls it. */

import { type Command, Option } from '@commander-js/extra-typings';
import { enqueueBatch, type NewBatch } from '../../../client/enqueueBatch';
import { workOf } from '../../../config/plainCommand';
import { shortened } from '../../../core/cutText';
import { QueueError } from '../../../core/errors';
import { taskJson } from '../../../core/exactJson';
import { afterPolicies, type Stream, type Task } from '../../../core/model';
import type { NewTaskOfMany, Queue } from '../../../core/queue';
import { presentTask } from '../../../core/refusals';
import { nameOfTask } from '../../../core/taskName';
import { mainStream } from '../../../store/mainStream';
import { commandText } from '../../../system/shellWords';
import type { OpenHow } from '../../access/openQueue';
import type { CommandContext } from '../../context';
import { exitCodes } from '../../terminal/errors';
import {
  afterOption,
  afterPolicyOption,
  choice,
  example,
  fallBackOption,
  frontOption,
  keyOption,
  killAfterOption,
  labelOption,
  maxAttemptsOption,
  needsOption,
  nonBlank,
  notBeforeOption,
  timeoutOption,
  verifyOption,
  wholeFrom,
  worktreeOption,
} from '../../terminal/options';
import { writeError } from '../../terminal/streams';
import { endLine } from '../../terminal/tables';
import { batchEnded, cutOff, dryLines, reportEnd } from './addBatch';
import { type AddOptions, batchTasks, ownFolder, settingsOf, usageProblem } from './addWords';
import { presentState } from './enqueue';
import { cwdOption, envOption, findHere, problemMatcherOption, shellOption, streamOption } from './here';
import { followAll } from './output';
import { finished } from './wait';
import { adviseOnWorker } from './workerAdvice';

export function addAdd(program: Command, context: CommandContext): void {
  program
    .command('add')
    .description('queue a command; it runs in this folder, with the PATH of this terminal')
    .argument(
      '[command...]',
      'a program and its arguments, which no shell reads; or one quoted line for the shell',
    )
    .usage('[options] [--] <command...>')
    .addOption(streamOption)
    .addOption(shellOption)
    .addOption(cwdOption)
    .addOption(envOption)
    .addOption(problemMatcherOption)
    .addOption(labelOption)
    .addOption(frontOption)
    .addOption(timeoutOption)
    .addOption(killAfterOption)
    .addOption(notBeforeOption)
    .addOption(afterOption)
    .addOption(afterPolicyOption)
    .addOption(maxAttemptsOption)
    .addOption(needsOption)
    .addOption(verifyOption)
    .addOption(fallBackOption)
    .addOption(worktreeOption)
    .addOption(keyOption)
    .addOption(
      new Option(
        '--each <pattern>',
        'queue the command once for each file that matches, or for each line of stdin (-), with its name for {}; repeatable',
      ).argParser((text, before: string[] = []) => [...before, text]),
    )
    .addOption(
      new Option(
        '--from <file>',
        'queue the tasks of a file, one JSON object a line, or of stdin (-); of a file in Markdown (.md), the open items of its checklists',
      ).conflicts('each'),
    )
    .option('-t, --tool <name>', 'the tool for the items of a checklist', nonBlank('Tool'))
    .option('-j, --jobs <count>', 'run at most this many of them at once', wholeFrom('jobs', 1))
    .option(
      '--stop-after <count>',
      'start no more of them after this many failures',
      wholeFrom('stop-after', 1),
    )
    .option(
      '--then <command>',
      'a command, quoted, to run when all of them have finished',
      nonBlank('Command'),
    )
    .addOption(
      new Option(
        '--then-policy <what>',
        `if any of them failed: ${afterPolicies.join(', ')}; by default it runs`,
      ).argParser(choice('then-policy', afterPolicies)),
    )
    .option('--dry-run', 'print what would be queued, and queue nothing')
    .option('-w, --wait', "wait until it has finished, and exit with the command's exit code")
    .option('-f, --follow', 'the same, and print its output meanwhile')
    .option('--print-id', 'print the id of the task, and nothing else')
    .addHelpText(
      'after',
      example(
        'sparkq add make test',
        "sparkq add --wait 'make test | tee log'",
        'sparkq add --front -- npm run build',
        "sparkq add --each 'data/*.csv' -j 4 -- python fit.py {}",
        'sparkq add --from plan.md --dry-run',
      ),
    )
    .action(async (words, options, command) => {
      const wrong = usageProblem(words, options);
      if (wrong !== undefined) return command.error(`error: ${wrong}`);
      const many = options.each !== undefined || options.from !== undefined;
      if (options.dryRun)
        return sayDryRun(
          context,
          many
            ? await batchTasks(words, options, ownFolder(options), {})
            : [workOf(words, options.shell, {})],
        );
      const here = await findHere(context, options);
      const git = await context.gitFacts();
      const staying = options.wait || options.follow;
      const how: OpenHow = staying ? { role: 'wait', serve: true } : {};
      if (many) {
        const tasks = await batchTasks(words, options, ownFolder(options), here);
        const last =
          options.then === undefined ? undefined : { ...workOf([options.then], options.shell, here), git };
        const given = { ...options, label: options.label ?? usualLabel(words), last };
        return context.withQueue(
          (queue) => addMany(queue, context, { ...given, tasks: tasks.map((task) => ({ ...task, git })) }),
          how,
        );
      }
      const work = { ...workOf(words, options.shell, here), ...settingsOf(options) };
      return context.withQueue(async (queue) => {
        const { task: answer, duplicate } = await queue.enqueue({
          ...work,
          stream: options.stream ?? (await mainStream(queue)).id,
          label: options.label,
          front: options.front,
          idempotency_key: options.key,
          git,
        });
        // Whoever stays is refused: nobody can wait for it.
        if (answer.status === undefined && !staying)
          return context.answerTask(answer, () => '', { duplicate });
        const task = presentTask(answer);
        const stream = await queue.getStream(task.stream_id);
        context.warn([task]);
        if (task.status === 'queued') await adviseOnWorker(context, queue, stream);
        const line = options.printId ? task.id : addedLine(task, stream, duplicate);
        // With --follow, stdout is that of the command.
        if (options.follow && !options.printId && !context.json) writeError(`${line}\n`);
        else context.say(line);
        if (staying) await waitFor(queue, context, task, options);
        else if (context.json) context.answer({ ...taskJson(task), duplicate }, '');
      }, how);
    });
}

function addedLine(task: Task, stream: Stream, duplicate: boolean): string {
  const line = `Task ${task.id} added to stream '${stream.name}'`;
  return duplicate
    ? `${line} before, under the same key; ${presentState(task)}`
    : `${line}: ${nameOfTask(task)}`;
}

function usualLabel(words: readonly string[]): string | undefined {
  return words.length === 0 ? undefined : shortened(commandText(words), 200);
}

function sayDryRun(context: CommandContext, tasks: readonly NewTaskOfMany[]): void {
  context.answer(tasks, dryLines(tasks));
  if (!context.json)
    writeError(`${tasks.length === 1 ? '1 task' : `${tasks.length} tasks`}; nothing was queued\n`);
}

async function addMany(
  queue: Queue,
  context: CommandContext,
  options: AddOptions & Pick<NewBatch, 'tasks' | 'last'>,
): Promise<void> {
  const { jobs, stopAfter, front, thenPolicy, key } = options;
  const stream =
    options.stream === undefined ? await mainStream(queue) : await queue.getStream(options.stream);
  const { batch, tasks, duplicate } = await enqueueBatch(
    queue,
    stream,
    {
      tasks: options.tasks,
      label: options.label,
      jobs,
      stopAfter,
      front,
      last: options.last,
      lastPolicy: thenPolicy,
      key,
    },
    cutOff,
  );
  const rows = tasks.filter((task): task is Task => task.status !== undefined);
  context.warn(rows);
  const waiting = rows.find(({ status }) => status === 'queued');
  if (waiting) await adviseOnWorker(context, queue, stream);
  const said = `Batch ${batch.id}: ${tasks.length} task${tasks.length === 1 ? '' : 's'} added to stream '${stream.name}'`;
  context.say(options.printId ? batch.id : duplicate ? `${said} before, under the same key` : said);
  if (options.wait) reportEnd(context, await batchEnded(queue, batch.id));
  else if (context.json) context.answer({ ...batch, tasks: tasks.map(({ id }) => id), duplicate }, '');
}

async function waitFor(
  queue: Queue,
  context: CommandContext,
  { id }: Task,
  { follow, printId }: { follow?: true; printId?: true },
): Promise<void> {
  if (follow && !context.json) await followAll(queue, id);
  const [task] = await finished(queue, [id], undefined);
  if (task === undefined) throw new QueueError('internal', `Task ${id} is gone`);
  context.exitCode = task.exit_code ?? (task.status === 'succeeded' ? exitCodes.done : exitCodes.refused);
  if (context.json) context.answer(taskJson(task), '');
  else if (follow || printId) {
    if (task.status === 'failed') writeError(`${endLine(task)}\n`);
  } else context.say(endLine(task));
}
