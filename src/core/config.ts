/** The configuration as the rooms use it: `sparkq.yml` with every default filled in. Reading the file is config/'s. */

import { classTimeouts, defaultTimeout, type Tool } from './model';

export interface ToolConfig {
  description: string | null;
  task_class: string;
  /** Seconds; null when the class decides. */
  timeout: number | null;
  /** Program and arguments; null for a tool that only outside workers know. */
  command: readonly string[] | null;
  /** How the task's input reaches the command. */
  input: 'script' | 'prompt-stdin' | 'prompt-argument' | 'payload-stdin';
  /** Let a shell read the command line; off unless the file says so. */
  shell: boolean;
  /** Names of variables of the editor's environment that the run sees; null: all but the editor's own. */
  env_allow: readonly string[] | null;
  env: Readonly<Record<string, string>>;
  cwd: string | null;
  max_attempts: number | null;
  /** A regular expression on the output that means "come back later"; a group named `until` tells when. */
  limited_pattern: string | null;
  /** Leave what the script started in the background alive when the script itself has ended. */
  leave_background: boolean;
}

export interface Config {
  project: { name: string; repo_path: string | null; prd_path: string | null };
  server: { host: string; port: number | null };
  purge: { older_than_days: number };
  /** Relative to the workspace; in these folders every script counts. */
  script_dirs: readonly string[];
  /** Class name to timeout in seconds. */
  task_classes: Readonly<Record<string, { timeout: number }>>;
  tools: Readonly<Record<string, ToolConfig>>;
  runner: {
    /** Bytes kept of each of stdout and stderr. */
    output_limit: number;
    /** Milliseconds between TERM and KILL. */
    kill_grace_ms: number;
    /** First wait before a retry, milliseconds; doubled each time, with jitter. */
    backoff_ms: number;
    backoff_max_ms: number;
  };
}

/** A tool of which nothing but the name is known: it is left to outside workers. */
export const outsideTool: ToolConfig = {
  description: null,
  task_class: 'MEDIUM_SCRIPT',
  timeout: null,
  command: null,
  input: 'payload-stdin',
  shell: false,
  env_allow: null,
  env: {},
  cwd: null,
  max_attempts: null,
  limited_pattern: null,
  leave_background: false,
};

const scriptTool = (command: string, description: string): ToolConfig => ({
  ...outsideTool,
  description,
  command: [command],
  input: 'script',
});

const agentTool = (description: string, taskClass: string): ToolConfig => ({
  ...outsideTool,
  description,
  task_class: taskClass,
  input: 'prompt-stdin',
});

export const defaultConfig: Config = {
  project: { name: 'my-project', repo_path: null, prd_path: null },
  server: { host: '127.0.0.1', port: null },
  purge: { older_than_days: 3 },
  script_dirs: ['scripts'],
  task_classes: Object.fromEntries(
    Object.entries(classTimeouts).map(([name, timeout]) => [name, { timeout }]),
  ),
  tools: {
    'run-bash': scriptTool('bash', 'Run a shell script'),
    'run-python': scriptTool('python3', 'Run a Python script'),
    'run-node': scriptTool('node', 'Run a Node.js script'),
    'llm-haiku': agentTool('A quick prompt', 'LLM_LITE'),
    'llm-sonnet': agentTool('A demanding prompt', 'LLM_HEAVY'),
  },
  runner: {
    output_limit: 10 * 1024 * 1024,
    kill_grace_ms: 5_000,
    backoff_ms: 1_000,
    backoff_max_ms: 300_000,
  },
};

/** The entry of a name that anybody may have chosen: `constructor` is no entry of an object that has none so called. */
function entryOf<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A tool by its name; undefined when the configuration does not name it. */
export function toolOf(config: Config, name: string): ToolConfig | undefined {
  return entryOf(config.tools, name);
}

/** Whether the built-in runner can work with a tool; what it has no command for is done by outside workers. */
export function hasCommand(config: Config, name: string | null): boolean {
  return name !== null && Boolean(toolOf(config, name)?.command);
}

/** The class of a task: the given one, else the tool's, else MEDIUM_SCRIPT. */
export function resolveClass(config: Config, toolName: string, given?: string): string {
  return given ?? toolOf(config, toolName)?.task_class ?? 'MEDIUM_SCRIPT';
}

/**
 * Seconds that a task may take, by the contract's order: the given value, the tool's, the configured value of the
 * class, the built-in value of the class, 300.
 */
export function resolveTimeout(
  config: Config,
  task: { tool_name: string; task_class: string; timeout?: number },
): number {
  return (
    task.timeout ??
    toolOf(config, task.tool_name)?.timeout ??
    entryOf(config.task_classes, task.task_class)?.timeout ??
    entryOf(classTimeouts, task.task_class) ??
    defaultTimeout
  );
}

/** The tools as they are listed, sorted by name. */
export function listTools(config: Config): Tool[] {
  return Object.entries(config.tools)
    .map(([name, tool]) => ({
      name,
      description: tool.description,
      task_class: tool.task_class,
      timeout: tool.timeout,
      runnable: tool.command !== null,
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

export interface ConfigProblem {
  /** An error keeps the file from being used; a warning or a notice does not. */
  severity: 'error' | 'warning' | 'notice';
  /** One sentence, without the place. */
  message: string;
  /** Counted from 1. */
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

/** Whether the file cannot be used: the last good configuration stays in force. */
export function isBroken(diagnostics: readonly ConfigProblem[]): boolean {
  return diagnostics.some(({ severity }) => severity === 'error');
}

/** Where a queue asks for the configuration in force. A broken file leaves the last good one in force. */
export interface ConfigSource {
  current(): Config;
  /** One sentence each, with file, line and column. */
  problems(): readonly string[];
  /** The same problems as data. */
  diagnostics(): readonly ConfigProblem[];
  reload(): Promise<void>;
  /** Calls back after each change; answers a function that ends the subscription. */
  onChange(listener: () => void): () => void;
}

/** A configuration that never changes: the defaults, or the given one. */
export function fixedConfig(config: Config = defaultConfig): ConfigSource {
  return {
    current: () => config,
    problems: () => [],
    diagnostics: () => [],
    reload: async () => {},
    onChange: () => () => {},
  };
}
