/** Resolves the content of the file: fills in defaults, and merges tools into the built-in ones. */

import {
  type Config,
  defaultConfig,
  outsideTool,
  type ScheduleConfig,
  type ToolConfig,
} from '../core/config';
import type { FileContent, FileTool } from './schema';

export function resolveConfig(file: FileContent): Config {
  const { url, hosts, schema } = file.database ?? {};
  return {
    project: { ...defaultConfig.project, ...given(file.project) },
    // "localhost" may resolve to another address than the server listens on.
    server: { host: defaultConfig.server.host, port: file.server?.port ?? null },
    database: { ...defaultConfig.database, ...given({ url, hosts, schema }) },
    purge: {
      ...defaultConfig.purge,
      ...given(file.purge),
      // Here null is a value.
      ...(file.purge?.unreviewed_after_days === null && { unreviewed_after_days: null }),
    },
    archive: { ...defaultConfig.archive, ...given(file.archive) },
    script_dirs: scriptFolders(file.script_dirs),
    task_classes: { ...defaultConfig.task_classes, ...classesOf(file) },
    tools: { ...defaultConfig.tools, ...toolsOf(file) },
    runner: { ...defaultConfig.runner, ...given(file.runner) },
    hooks: hooksOf(file),
    schedules: schedulesOf(file),
    agents: {
      ...defaultConfig.agents,
      ...given(file.agents),
      budget: { ...defaultConfig.agents.budget, ...given(file.agents?.budget) },
    },
    worktree_keep_days: file.worktree_keep_days ?? defaultConfig.worktree_keep_days,
    unconfirmed: [],
  };
}

/** The keys of a section that have a value. */
function given<T extends object>(section: T | null | undefined): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(section ?? {}).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

function classesOf(file: FileContent): Config['task_classes'] {
  const entries = Object.entries(file.task_classes ?? {}).flatMap(([name, value]) =>
    value?.timeout ? [[name, { timeout: value.timeout }] as const] : [],
  );
  return Object.fromEntries(entries);
}

function toolsOf(file: FileContent): Config['tools'] {
  const entries = Object.entries(file.tools ?? {}).map(([name, tool]) => {
    const base = Object.hasOwn(defaultConfig.tools, name) ? defaultConfig.tools[name] : undefined;
    return [name, toolOver(base ?? outsideTool, tool ?? {})] as const;
  });
  return Object.fromEntries(entries);
}

function hooksOf({ hooks }: FileContent): Config['hooks'] {
  const entries = Object.entries(given(hooks)).map(([name, command]) => [name, wordsOf(command)] as const);
  return Object.fromEntries(entries);
}

/** Every one has a cron: the rules across keys see to it. */
function schedulesOf({ schedules }: FileContent): Config['schedules'] {
  const entries = Object.entries(given(schedules)).map(([name, schedule]) => {
    const verify = schedule?.verify ? wordsOf(schedule.verify) : null;
    return [name, { ...noSchedule, ...given(schedule), verify }] as const;
  });
  return Object.fromEntries(entries);
}

const noSchedule: ScheduleConfig = {
  cron: '',
  tz: null,
  missed: 'skip',
  overlap: 'skip',
  stream: null,
  command: null,
  script: null,
  args: [],
  prompt: null,
  tool: null,
  needs: null,
  verify: null,
};

/** A program alone, or with its arguments; one name, or a list of them. */
function wordsOf(words: string | readonly string[]): readonly string[] {
  return typeof words === 'string' ? [words] : words;
}

function toolOver(
  base: ToolConfig,
  { command, args, problem_matcher: matcher, verify, worktree_setup: setup, ...rest }: FileTool,
): ToolConfig {
  const program = command ? wordsOf(command) : base.command;
  const common = {
    ...base,
    ...given(rest),
    problem_matcher: matcher ? wordsOf(matcher) : base.problem_matcher,
    verify: verify ? wordsOf(verify) : base.verify,
    worktree_setup: setup ? wordsOf(setup) : base.worktree_setup,
  };
  if (rest.agent) {
    const task_class = rest.task_class ?? (base === outsideTool ? 'LLM_HEAVY' : base.task_class);
    return { ...common, task_class, input: 'prompt-stdin', command: [], agent_args: args ?? [] };
  }
  return {
    ...common,
    // null removes the built-in command: outside workers run the tool.
    command: command === null || program === null ? null : [...program, ...(args ?? [])],
  };
}

/** With forward slashes, without `./` and duplicates; `.` is the workspace itself. */
function scriptFolders(value: FileContent['script_dirs']): readonly string[] {
  const names = typeof value === 'string' ? [value] : (value ?? []);
  const folders = names.map((name) => {
    const parts = name.trim().replaceAll('\\', '/').split('/');
    return parts.filter((part) => part !== '' && part !== '.').join('/') || '.';
  });
  return folders.length === 0 ? defaultConfig.script_dirs : [...new Set(folders)];
}
