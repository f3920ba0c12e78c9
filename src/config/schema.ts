/**
 * The schema of `sparkq.yml`. It validates the file, and generates the JSON Schema that the editor completes
 * with and the table of keys in docs/configuration.md.
 *
 * Every key may be omitted or null: then its default applies. An error message completes "<key> ...".
 */

import * as z from 'zod';
import {
  agentNames,
  defaultConfig,
  enqueueModes,
  outsideTool,
  toolInputs,
  worktreeBases,
} from '../core/config';
import { messageOf } from '../core/errors';
import { missedPolicies, overlapPolicies, worktreeKinds } from '../core/model';
import { isInside, mostOfResource, resourceName } from '../core/validation';
import { databaseVariable, parseDatabaseUrl, schemaName } from './databaseUrl';

const must = (what: string) => ({ error: `must be ${what}` });

/** A key with its description and, if it is a single value, its default. */
function key<T extends z.ZodType>(schema: T, description: string, fallback?: unknown) {
  return schema.nullish().meta({ description, ...(fallback === undefined ? {} : { default: fallback }) });
}

function section<T extends z.ZodRawShape>(shape: T, description: string) {
  return key(z.strictObject(shape, must('a mapping of keys to values')), description);
}

/** YAML reads some words as numbers or booleans; where text is expected, they are text. */
const text = (what: string) => z.union([z.string(), z.number(), z.boolean()], must(what)).transform(String);

const filled = (what: string) => text(what).pipe(z.string().regex(/\S/, must(what)));

const whole = (unit: string, min: number, max: number) => {
  const range = must(`a whole number of ${unit} from ${min} to ${max}`);
  return z.int(range).min(min, range).max(max, range);
};

const flag = () => z.boolean(must('true or false'));

const seconds = () => whole('seconds', 1, 365 * 24 * 60 * 60);

const hourInMs = 60 * 60 * 1000;

const folder = () => {
  const what = must('a folder inside the workspace, relative to it');
  return text(what.error).pipe(z.string().refine(isInside, what));
};

function isPattern(source: string): boolean {
  try {
    new RegExp(source, 'm');
    return true;
  } catch {
    return false;
  }
}

const aProgram = must('a program, or a list of a program and its arguments');

const command = () =>
  z.union(
    [filled(''), z.array(text('')).refine(([program]) => /\S/.test(program ?? ''), aProgram)],
    aProgram,
  );

const aNeed = must('a mapping of names to whole numbers, such as {gpu: 1}');
const theseNeeds = () => z.record(z.string().regex(resourceName), whole('pieces', 1, mostOfResource), aNeed);

/** Empty: what it said before cannot be used, and nothing is to be used in its place. */
const databaseUrl = () =>
  text('a URL such as postgresql://ann@db.example.com/work').superRefine((url, context) => {
    const problem = url === '' ? null : urlProblem(url);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });

/** What is wrong with it, never with the URL itself: it may contain a password. */
function urlProblem(url: string): string | null {
  try {
    if (parseDatabaseUrl(url).password === null) return null;
    return `must not contain a password: other people read this file. Put it into ~/.pgpass, or the whole URL into ${databaseVariable}, or use "SparkQ: Connect to PostgreSQL..." in the editor`;
  } catch (error) {
    return `cannot be used: ${messageOf(error).replace('The database URL cannot be used: ', '')}`;
  }
}

const notAServer = must('a host such as db2.example.com or db3.example.com:5433');
const aServer = text(notAServer.error).pipe(
  z.string().regex(/^(\[[0-9a-fA-F:.]+\]|[^\s:/@?#,[\]]+)(:[1-9]\d{0,4})?$/, notAServer),
);

const aSize = must('a size such as 512M or 4G');

const aMatcher = must('the name of a problem matcher such as $tsc, or a list of such names');
const matcherName = z.string(aMatcher).regex(/^\$?[^$\s]+$/, aMatcher);

export const toolSchema = z.strictObject(
  {
    description: key(text('text'), 'Short description of the tool'),
    task_class: key(filled('the name of a task class'), "Class of the tool's tasks", 'MEDIUM_SCRIPT'),
    timeout: key(
      seconds(),
      'Seconds after which a running task is late; default: the timeout of its class. It is stopped after `kill_after`, or after twice the timeout',
    ),
    kill_after: key(
      seconds(),
      'Seconds after which a running task is stopped and fails; default: twice its timeout',
    ),
    command: key(
      command(),
      'Program, or a list of a program and its arguments; with `shell: true` one shell command line. Tasks of a tool without a command wait for an outside worker',
    ),
    args: key(
      z.array(text(''), must('a list of texts')),
      'Arguments appended to those of `command`, or of the agent',
    ),
    input: key(
      z.enum(toolInputs, must(`${toolInputs.slice(0, -1).join(', ')} or ${toolInputs.at(-1)}`)),
      "How the command receives the task's input",
      'payload-stdin',
    ),
    shell: key(flag(), "Run the command in the platform's shell", false),
    env: key(
      z.record(z.string().min(1), text('text'), must('a mapping of names to texts')),
      'Environment variables for the run',
    ),
    env_allow: key(
      z.array(text(''), must('a list of names of variables')),
      "Variables of the editor's environment that the run inherits, `NAME` or `PREFIX*`; default: all except the editor's own, `SPARKQ_TOKEN` and git's repository-local ones",
    ),
    cwd: key(filled('a folder'), 'Working folder, relative to the workspace; default: the workspace'),
    max_attempts: key(whole('attempts', 1, 1000), 'Attempts of tasks that set no number themselves'),
    limited_pattern: key(
      text('text').pipe(z.string().refine(isPattern, must('a regular expression'))),
      'Regular expression that finds a rate limit in the output; a group named `until` captures when it ends, and without one the line says it, such as `resets 3pm (Europe/Berlin)`',
    ),
    problem_matcher: key(
      z.union([matcherName, z.array(matcherName)], aMatcher),
      'Name of a problem matcher, or a list of them: `$tsc`, `$gcc`, ...; what it finds in the output of a run is shown in the Problems panel',
    ),
    leave_background: key(
      flag(),
      "Leave the script's background processes running after the script has ended",
      false,
    ),
    nice: key(
      whole('steps', 0, 19),
      'How much its runs let other programs go first, 0 to 19; default: as the editor, which is mostly 0',
    ),
    memory_max: key(
      text('').pipe(z.string().regex(/^[1-9]\d{0,8}[KMGT]$/, aSize)),
      'Memory that all processes of a run may have together, such as `4G`; holds where the systemd of the user can limit it',
    ),
    needs: key(
      theseNeeds(),
      'What each of its runs needs of the machine for itself, such as `{gpu: 1}`; how many there are is in `machine.yml`',
    ),
    agent: key(
      z.enum(agentNames, must(`one of ${agentNames.join(', ')}`)),
      `Coding agent that runs its prompts, in place of a \`command\`: ${agentNames.join(', ')}`,
    ),
    model: key(filled('the name of a model'), 'Model of the agent, as the agent calls it; default: its own'),
    permission: key(
      filled("one of the agent's permission modes"),
      "What the agent may do without asking: one of its own modes, such as claude's `acceptEdits`",
    ),
    max_turns: key(
      whole('turns', 1, 10_000),
      'Turns after which the agent ends a run, where it can count them',
    ),
    max_budget_usd: key(
      z.number(must('a number of US dollars')).positive(must('a number of US dollars')).max(100_000),
      'US dollars after which the agent ends a run, where it can count them',
    ),
    idle_timeout: key(
      seconds(),
      "Seconds of silence after which an agent's run is stopped, while no tool call of it is open",
      outsideTool.idle_timeout,
    ),
    resume: key(flag(), "Go on with the agent's session where a run was cut short", outsideTool.resume),
    account: key(
      filled('a name'),
      'Name of the account whose limits its runs share; default: the agent. Without either, a limit concerns the task alone',
    ),
    verify: key(
      command(),
      'Program, or a list of a program and its arguments, that checks what a run did once it has succeeded, such as `[npm, test]`',
    ),
    verify_attempts: key(
      whole('attempts', 0, 100),
      'How often a task is tried again because `verify` failed',
      outsideTool.verify_attempts,
    ),
    fallback: key(
      filled('the name of a tool'),
      'Tool that may run its tasks while its account rests, those that allow it',
    ),
    worktree: key(
      z.enum(worktreeKinds, must('none, task or stream')),
      'Where its runs work: in the folder itself, or in a worktree of git for each task or for each stream',
      outsideTool.worktree,
    ),
    worktree_base: key(
      z.enum(worktreeBases, must(worktreeBases.join(' or '))),
      'What a worktree begins with: the `commit` that was checked out when the task was queued, or what is in the `working` folder when it first runs, committed or not',
      outsideTool.worktree_base,
    ),
    worktree_setup: key(
      command(),
      'Program, or a list of a program and its arguments, that prepares a worktree before the first run in it, such as `[npm, ci]`',
    ),
    snapshot: key(
      flag(),
      'Keep what lies in the repository before and after each run without a worktree, so that it can be undone; default: for agents',
    ),
  },
  must('a mapping of keys to values'),
);

export const scheduleSchema = z.strictObject(
  {
    cron: key(
      filled('a cron expression such as "0 2 * * *"'),
      'Minute, hour, day of the month, month, day of the week, in quotes; or a word such as `@daily`',
    ),
    tz: key(
      filled('the name of a time zone'),
      'Time zone of these times, such as Europe/Berlin; default: that of the machine',
    ),
    missed: key(
      z.enum(missedPolicies, must(missedPolicies.join(' or '))),
      'At a time when nobody has the queue open: skip it, or run once for all that were missed',
      'skip',
    ),
    overlap: key(
      z.enum(overlapPolicies, must(overlapPolicies.join(' or '))),
      'While its last task has not finished: skip the time, or queue another one',
      'skip',
    ),
    stream: key(filled('the name of a stream'), 'Stream of its tasks; made if there is none', 'main'),
    command: key(
      command(),
      'What is queued: a list of a program and its arguments, or a line for the shell. It runs in the workspace',
    ),
    script: key(filled('the path of a script'), 'A script in place of a command'),
    args: key(z.array(text(''), must('a list of texts')), 'Arguments of the script'),
    prompt: key(filled('text'), 'A prompt in place of a command, for `tool`'),
    tool: key(filled('the name of a tool'), "Tool of the prompt, or in place of the script's own"),
    needs: key(theseNeeds(), 'What each of its tasks needs of the machine for itself, such as `{gpu: 1}`'),
    verify: key(
      command(),
      "What checks each of its tasks once that has succeeded, in place of its tool's, such as `[npm, test]`",
    ),
  },
  must('a mapping of keys to values'),
);

const taskClassSchema = z.strictObject(
  {
    timeout: key(
      seconds(),
      'Seconds after which a running task of the class is late; unless it or its tool has a `kill_after`, it is stopped after twice that',
    ),
  },
  must('a mapping such as {timeout: 300}'),
);

const { project, server, purge, archive, script_dirs, agents, runner } = defaultConfig;

export const fileSchema = z.strictObject(
  {
    project: section(
      {
        name: key(filled('a name'), 'Name of the project', project.name),
        repo_path: key(filled('a path'), 'Path of the repository, for information only'),
        prd_path: key(filled('a path'), 'Path of the requirements, for information only'),
      },
      'The project',
    ),
    server: section(
      {
        host: key(
          z.enum(['127.0.0.1', 'localhost'], must('127.0.0.1 or localhost: SparkQ serves this machine only')),
          'Address to listen on; this machine only',
          server.host,
        ),
        port: key(
          z
            .int(must('a port from 1 to 65535'))
            .min(1, must('a port from 1 to 65535'))
            .max(65_535, must('a port from 1 to 65535')),
          'Port to listen on; default: a random free port, or 8420 for `sparkq run`',
        ),
      },
      'The HTTP server',
    ),
    database: section(
      {
        url: key(
          databaseUrl(),
          'PostgreSQL server that has the queue, such as `postgresql://ann@db.example.com/work`, without a password; used once you agree. `SPARKQ_DATABASE_URL` comes first',
        ),
        hosts: key(
          z.array(aServer, must('a list of hosts, such as [db2.example.com, db3.example.com:5433]')),
          'More servers of that database, each `host` or `host:port`: the one that takes changes is used',
        ),
        schema: key(
          text('').pipe(
            z
              .string()
              .refine(
                (name) => name === '' || schemaName.test(name),
                must('a plain name: lower-case letters, digits, underscores'),
              ),
          ),
          'Schema of the tables there; each queue has its own',
          'sparkq',
        ),
        path: key(text('text'), 'Accepted but ignored: SparkQ chooses where its files are'),
        mode: key(text('text'), 'Accepted but ignored'),
      },
      'Where the queue is, if not in files of its own',
    ),
    purge: section(
      {
        older_than_days: key(
          whole('days', 1, 36_500),
          'Days after which finished tasks go to the history and their output is deleted: automatically if they have been reviewed, all of them by `sparkq purge`',
          purge.older_than_days,
        ),
        unreviewed_after_days: key(
          whole('days', 1, 36_500),
          'The same for the automatic purge of tasks that nobody has reviewed; null: never',
          purge.unreviewed_after_days,
        ),
      },
      'When finished tasks go to the history',
    ),
    archive: section(
      {
        keep_days: key(
          whole('days', 1, 36_500),
          'Days after the end of a month when the tasks purged in it are forgotten',
          archive.keep_days,
        ),
        max_mb: key(
          whole('megabytes', 1, 100_000),
          'Megabytes of purged tasks to keep at most; the oldest month is forgotten first',
          archive.max_mb,
        ),
      },
      'How long purged tasks are kept for `sparkq history`',
    ),
    worktree_keep_days: key(
      whole('days', 1, 36_500),
      'Days for which a discarded worktree can be restored, and a run without one be undone',
      defaultConfig.worktree_keep_days,
    ),
    script_dirs: key(
      z.union(
        [folder(), z.array(folder())],
        must('a folder inside the workspace, or a list of such folders'),
      ),
      'Folders in which every script is listed',
      script_dirs,
    ),
    task_classes: key(
      z.record(z.string().min(1), taskClassSchema.nullable(), must('a mapping of names to task classes')),
      'Timeouts of task classes',
    ),
    tools: key(
      z.record(z.string().min(1), toolSchema.nullable(), must('a mapping of names to tools')),
      'Tools; they override built-in tools of the same name key by key',
    ),
    hooks: section(
      {
        on_finish: key(
          command(),
          'Program, or a list of a program and its arguments, that gets each task as JSON on standard input once it has succeeded or failed',
        ),
        on_failure: key(command(), 'The same for each task that has failed, unless it was cancelled'),
        on_idle: key(
          command(),
          'The same once nothing is running or ready any more; it gets the counts of tasks',
        ),
      },
      'Programs that are called when something ends; they wait until you confirm them',
    ),
    schedules: key(
      z.record(z.string().min(1), scheduleSchema.nullable(), must('a mapping of names to schedules')),
      'What is queued at certain times, over and over; each waits until you confirm it',
    ),
    agents: section(
      {
        enqueue: key(
          z.enum(enqueueModes, must('ask, prompts or all')),
          'What may start, of what agents queue, before you approve it: nothing, prompts for agent tools, or everything; `ask` counts until you confirm another value',
          agents.enqueue,
        ),
        default: key(
          filled('the name of a tool'),
          'Tool of a prompt that an agent queues with no tool; default: none, so that it waits until an agent claims it',
        ),
        budget: section(
          {
            day_usd: key(
              z
                .number(must('a number of US dollars'))
                .positive(must('a number of US dollars'))
                .max(1_000_000),
              'US dollars; agents that do not say what they cost are not counted',
            ),
            day_tasks: key(whole('tasks', 1, 1_000_000), 'Tasks'),
          },
          'What the runs of one account may use in a day, from local midnight; then it rests until the next day',
        ),
      },
      'What agents may do',
    ),
    runner: section(
      {
        output_limit: key(
          whole('bytes', 64 * 1024, 1024 ** 3),
          'Bytes of stdout, of stderr and of what a check writes to keep',
          runner.output_limit,
        ),
        kill_grace_ms: key(
          whole('milliseconds', 0, hourInMs),
          'Milliseconds between asking a run to stop and killing it',
          runner.kill_grace_ms,
        ),
        backoff_ms: key(
          whole('milliseconds', 0, 24 * hourInMs),
          'Milliseconds before the first retry; doubled for each further retry',
          runner.backoff_ms,
        ),
        backoff_max_ms: key(
          whole('milliseconds', 0, 24 * hourInMs),
          'Maximum wait before a retry, in milliseconds',
          runner.backoff_max_ms,
        ),
      },
      'The built-in runner',
    ),
  },
  must('a mapping of keys to values'),
);

/** The content of a valid file. */
export type FileContent = z.output<typeof fileSchema>;
export type FileSchedule = z.output<typeof scheduleSchema>;
export type FileTool = z.output<typeof toolSchema>;
