/**
 * What may stand in `sparkq.yml`. One schema validates the file, gives the JSON Schema that the editor completes
 * from, and the table of keys in docs/configuration.md.
 *
 * Every key may be left out or be null: then its default holds. A message completes "<key> ...".
 */

import * as z from 'zod';
import { defaultConfig } from '../core/config';
import { isInside } from '../core/paths';

const must = (what: string) => ({ error: `must be ${what}` });

/** A key with what it means, and its default where that is one value. */
function key<T extends z.ZodType>(schema: T, description: string, fallback?: unknown) {
  return schema.nullish().meta({ description, ...(fallback === undefined ? {} : { default: fallback }) });
}

function section<T extends z.ZodRawShape>(shape: T, description: string) {
  return key(z.strictObject(shape, must('a mapping of keys to values')), description);
}

/** YAML takes some words for numbers or booleans: where text is wanted, they are meant as text. */
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

export const toolSchema = z.strictObject(
  {
    description: key(text('text'), 'What the tool does, in a few words'),
    task_class: key(filled('the name of a task class'), 'Class of its tasks', 'MEDIUM_SCRIPT'),
    timeout: key(seconds(), 'Seconds that a task may take; without it the class decides'),
    command: key(
      z.union(
        [filled(''), z.array(text('')).refine(([program]) => /\S/.test(program ?? ''), aProgram)],
        aProgram,
      ),
      'Program, or a list of it and its arguments; one line for the shell with `shell: true`. A tool without one waits for an outside worker',
    ),
    args: key(z.array(text(''), must('a list of texts')), 'Further arguments, put after those of `command`'),
    input: key(
      z.enum(
        ['script', 'prompt-stdin', 'prompt-argument', 'payload-stdin'],
        must('script, prompt-stdin, prompt-argument or payload-stdin'),
      ),
      "How the task's input reaches the command",
      'payload-stdin',
    ),
    shell: key(flag(), 'Let the shell of the platform read the command line', false),
    env: key(
      z.record(z.string().min(1), text('text'), must('a mapping of names to texts')),
      'Variables for the run',
    ),
    env_allow: key(
      z.array(text(''), must('a list of names of variables')),
      "Variables of the editor's environment that the run sees, `NAME` or `PREFIX*`; without it all but the editor's own",
    ),
    cwd: key(filled('a folder'), 'Working folder, relative to the workspace; by default the workspace'),
    max_attempts: key(whole('attempts', 1, 1000), 'Attempts of a task that gives no number itself'),
    limited_pattern: key(
      text('text').pipe(z.string().refine(isPattern, must('a regular expression'))),
      'A regular expression on the output that means "come back later"; a group named `until` tells when',
    ),
    leave_background: key(
      flag(),
      'Leave alive what the script started in the background when the script itself has ended',
      false,
    ),
  },
  must('a mapping of keys to values'),
);

const taskClassSchema = z.strictObject(
  { timeout: key(seconds(), 'Seconds that a task of the class may take') },
  must('a mapping such as {timeout: 300}'),
);

const { project, server, purge, script_dirs, runner } = defaultConfig;

export const fileSchema = z.strictObject(
  {
    project: section(
      {
        name: key(filled('a name'), 'Name of the project', project.name),
        repo_path: key(filled('a path'), 'Where its repository is, for whoever reads the project'),
        prd_path: key(filled('a path'), 'Where its requirements are, for whoever reads the project'),
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
          'Port to listen on; without it a random free one, and 8420 for `sparkq run`',
        ),
      },
      'The HTTP server',
    ),
    database: section(
      {
        path: key(text('text'), 'Accepted and not used: SparkQ chooses where its files are'),
        mode: key(text('text'), 'Accepted and not used'),
      },
      'Accepted and not used',
    ),
    purge: section(
      {
        older_than_days: key(
          whole('days', 1, 36_500),
          'Days after which finished tasks are deleted: by itself those that were reviewed, by `sparkq purge` all of them',
          purge.older_than_days,
        ),
      },
      'What becomes of finished tasks',
    ),
    script_dirs: key(
      z.union(
        [folder(), z.array(folder())],
        must('a folder inside the workspace, or a list of such folders'),
      ),
      'Folders in which every script counts',
      script_dirs,
    ),
    task_classes: key(
      z.record(z.string().min(1), taskClassSchema.nullable(), must('a mapping of names to task classes')),
      'Timeouts of task classes',
    ),
    tools: key(
      z.record(z.string().min(1), toolSchema.nullable(), must('a mapping of names to tools')),
      'Tools, laid over the built-in ones of the same name',
    ),
    runner: section(
      {
        output_limit: key(
          whole('bytes', 64 * 1024, 1024 ** 3),
          'Bytes kept of each of stdout and stderr',
          runner.output_limit,
        ),
        kill_grace_ms: key(
          whole('milliseconds', 0, hourInMs),
          'Milliseconds between asking a run to end and ending it',
          runner.kill_grace_ms,
        ),
        backoff_ms: key(
          whole('milliseconds', 0, 24 * hourInMs),
          'Milliseconds before the first retry; doubled for each further one',
          runner.backoff_ms,
        ),
        backoff_max_ms: key(
          whole('milliseconds', 0, 24 * hourInMs),
          'The longest wait before a retry, in milliseconds',
          runner.backoff_max_ms,
        ),
      },
      'The built-in runner',
    ),
  },
  must('a mapping of keys to values'),
);

/** The file as it was read and found right. */
export type FileContent = z.output<typeof fileSchema>;
export type FileTool = z.output<typeof toolSchema>;
