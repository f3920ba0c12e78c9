/** The configuration: `sparkq.yml` with every default filled in. config/ reads the file. */

import {
  type AccountRest,
  type Budget,
  classTimeouts,
  defaultTimeout,
  type MissedPolicy,
  type Needs,
  type OverlapPolicy,
  type Tool,
  type WorktreeKind,
} from './model';

export const toolInputs = [
  'script',
  'prompt-stdin',
  'prompt-argument',
  'payload-stdin',
  'argv',
  'line',
] as const;

/** The agents that the built-in runner knows how to run. */
export const agentNames = ['claude', 'codex', 'copilot', 'gemini', 'cursor', 'opencode'] as const;
export type AgentName = (typeof agentNames)[number];

/** What a worktree begins with: the commit alone, or also what is not committed. */
export const worktreeBases = ['commit', 'working'] as const;
export type WorktreeBase = (typeof worktreeBases)[number];

/** When a hook is called: a task has ended, a task has failed, nothing is left to do. */
export const hookNames = ['on_finish', 'on_failure', 'on_idle'] as const;
export type HookName = (typeof hookNames)[number];

export interface ToolConfig {
  description: string | null;
  task_class: string;
  /** Seconds; null for the timeout of the class. */
  timeout: number | null;
  /** Seconds from a task's claim to its deadline; null for twice its timeout. */
  kill_after: number | null;
  /**
   * Program and arguments; null for a tool of outside workers. Empty where the payload has the whole command, or a line
   * for the shell of the system, and for an agent, whose command is made for each run.
   */
  command: readonly string[] | null;
  /** How the command receives the task's input. */
  input: (typeof toolInputs)[number];
  /** Run the command in a shell. */
  shell: boolean;
  /** Variables of the editor's environment that the run inherits; null: all that are not withheld from every run. */
  env_allow: readonly string[] | null;
  env: Readonly<Record<string, string>>;
  cwd: string | null;
  max_attempts: number | null;
  /** A regular expression that finds a rate limit in the output; a group named `until` captures when it ends. */
  limited_pattern: string | null;
  /** Names of problem matchers, such as `$tsc`, for the output of its tasks. */
  problem_matcher: readonly string[] | null;
  /** Leave the script's background processes running after it has ended. */
  leave_background: boolean;
  /** How much its runs let others go first, 0 to 19; null: as they are started. */
  nice: number | null;
  /** The memory that all processes of a run may have together, such as `4G`; null: no limit. */
  memory_max: string | null;
  /** What each of its runs needs of the machine. */
  needs: Needs | null;
  /** The agent that it runs; null: `command` says what is run. */
  agent: AgentName | null;
  /** Of the agent, as it calls them: the model, and what it may do without asking; null: its own default. */
  model: string | null;
  permission: string | null;
  max_turns: number | null;
  max_budget_usd: number | null;
  /** Seconds of silence after which an agent's run is stopped, while no tool call of it is open. */
  idle_timeout: number;
  /** Go on with the agent's session where a run was cut short. */
  resume: boolean;
  /** Whose limits its runs share; null: the agent's name, else nobody's. */
  account: string | null;
  /** Arguments that are added to the agent's command line. */
  agent_args: readonly string[];
  /** Program and arguments that check what a run did, after it has succeeded. */
  verify: readonly string[] | null;
  /** How often a task is tried again because that failed. */
  verify_attempts: number;
  /** The tool that may run its tasks while its account rests. */
  fallback: string | null;
  worktree: WorktreeKind;
  worktree_base: WorktreeBase;
  /** Program and arguments that prepare a worktree before the first run in it. */
  worktree_setup: readonly string[] | null;
  /** Whether what lies in the folder is kept before and after each run without a worktree; null: for agents. */
  snapshot: boolean | null;
}

/** How much of the machine all queues of a user together may use. */
export interface MachineLimits {
  /** Runs at once; null: no limit. */
  max_running: number | null;
  /** How many there are of what; one of anything else. */
  resources: Needs;
  /** How much all worktrees may take before new ones wait; null: no limit. */
  worktrees_max_gb: number | null;
  /** What this host is called where hosts share a queue (null: as the machine is), and what streams may ask for. */
  host: { name: string | null; labels: readonly string[] };
  /** Persons besides the user whose tasks run here, by their roles on the server of a shared queue. */
  accept: readonly string[];
}

export const noLimits: MachineLimits = {
  max_running: null,
  resources: {},
  worktrees_max_gb: null,
  host: { name: null, labels: [] },
  accept: [],
};

/** A schedule of the file: a command, a script or a prompt, at certain times. */
export interface ScheduleConfig {
  cron: string;
  /** Null for the time zone of this machine. */
  tz: string | null;
  missed: MissedPolicy;
  overlap: OverlapPolicy;
  /** Name of the stream; null for the one of tasks that name none. */
  stream: string | null;
  /** A program with its arguments; a text is what `sparkq add` makes of one word. */
  command: string | readonly string[] | null;
  script: string | null;
  /** Of the script. */
  args: readonly string[];
  prompt: string | null;
  /** For the prompt, or in place of the script's own. */
  tool: string | null;
  /** What each of its tasks needs of the machine, besides what the header of a script says. */
  needs: Needs | null;
  /** What checks each of them, in place of its tool's. */
  verify: readonly string[] | null;
}

/** What may start, of what agents queue, before a person approves it: nothing, prompts for agent tools, everything. */
export const enqueueModes = ['ask', 'prompts', 'all'] as const;
export type EnqueueMode = (typeof enqueueModes)[number];

export interface Config {
  project: { name: string; repo_path: string | null; prd_path: string | null };
  server: { host: string; port: number | null };
  /** A PostgreSQL server that has the queue. */
  database: {
    /** Null where the queue is in files; empty where the file says something that cannot be used. */
    url: string | null;
    /** More servers of the same database. */
    hosts: readonly string[];
    schema: string | null;
  };
  purge: {
    older_than_days: number;
    /** Of the automatic purge; null: it takes no unreviewed tasks. */
    unreviewed_after_days: number | null;
  };
  archive: {
    /** Days for which a month of purged tasks is kept after its end. */
    keep_days: number;
    /** Megabytes of all months together; the oldest goes first. */
    max_mb: number;
  };
  /** Folders in which every script is listed, relative to the workspace. */
  script_dirs: readonly string[];
  /** Class name to timeout in seconds. */
  task_classes: Readonly<Record<string, { timeout: number }>>;
  tools: Readonly<Record<string, ToolConfig>>;
  runner: {
    /** Bytes of stdout and of stderr to keep. */
    output_limit: number;
    /** Milliseconds between TERM and KILL. */
    kill_grace_ms: number;
    /** First wait before a retry, milliseconds; doubled each time, with jitter. */
    backoff_ms: number;
    backoff_max_ms: number;
  };
  /** Programs with their arguments. */
  hooks: Readonly<Partial<Record<HookName, readonly string[]>>>;
  schedules: Readonly<Record<string, ScheduleConfig>>;
  agents: {
    enqueue: EnqueueMode;
    /** The tool of a prompt that an agent queues with none; null: any agent may claim it. */
    default: string | null;
    /** Of each account in a day, which begins at local midnight; null: no limit. */
    budget: Budget;
  };
  /** Days for which a discarded worktree can be restored, and a run be undone. */
  worktree_keep_days: number;
  /** What of the file waits until a person confirms it: `tools.NAME`, `hooks.NAME`, `schedules.NAME`, `database`. */
  unconfirmed: readonly string[];
}

/** A tool that is not configured: outside workers run it. */
export const outsideTool: ToolConfig = {
  description: null,
  task_class: 'MEDIUM_SCRIPT',
  timeout: null,
  kill_after: null,
  command: null,
  input: 'payload-stdin',
  shell: false,
  env_allow: null,
  env: {},
  cwd: null,
  max_attempts: null,
  limited_pattern: null,
  problem_matcher: null,
  leave_background: false,
  nice: null,
  memory_max: null,
  needs: null,
  agent: null,
  model: null,
  permission: null,
  max_turns: null,
  max_budget_usd: null,
  idle_timeout: 600,
  resume: true,
  account: null,
  agent_args: [],
  verify: null,
  verify_attempts: 2,
  fallback: null,
  worktree: 'none',
  worktree_base: 'commit',
  worktree_setup: null,
  snapshot: null,
};

const scriptTool = (description: string, ...command: string[]): ToolConfig => ({
  ...outsideTool,
  description,
  command,
  input: 'script',
});

const agentTool = (description: string, taskClass: string): ToolConfig => ({
  ...outsideTool,
  description,
  task_class: taskClass,
  input: 'prompt-stdin',
});

/** Nothing is known about a command: it is stopped only when it has certainly been forgotten. Seconds. */
const commandTool = (description: string, input: 'argv' | 'line'): ToolConfig => ({
  ...outsideTool,
  description,
  command: [],
  input,
  timeout: 60 * 60,
  kill_after: 24 * 60 * 60,
});

/** Windows runs no script by default; who queues one has decided that it may run. */
const powerShell = [
  'pwsh',
  '-NoLogo',
  '-NoProfile',
  '-NonInteractive',
  '-ExecutionPolicy',
  'Bypass',
  '-File',
];

export const defaultConfig: Config = {
  project: { name: 'my-project', repo_path: null, prd_path: null },
  server: { host: '127.0.0.1', port: null },
  database: { url: null, hosts: [], schema: null },
  purge: { older_than_days: 3, unreviewed_after_days: 30 },
  archive: { keep_days: 365, max_mb: 200 },
  script_dirs: ['scripts'],
  task_classes: Object.fromEntries(
    Object.entries(classTimeouts).map(([name, timeout]) => [name, { timeout }]),
  ),
  tools: {
    'run-bash': scriptTool('Run a shell script', 'bash'),
    'run-python': scriptTool('Run a Python script', 'python3'),
    'run-node': scriptTool('Run a Node.js script', 'node'),
    'run-powershell': scriptTool('Run a PowerShell script', ...powerShell),
    'run-cmd': scriptTool('Run a batch file of Windows', 'cmd', '/c'),
    'run-command': commandTool('Run a program with its arguments', 'argv'),
    'run-shell': commandTool('Run a command line in a shell', 'line'),
    'llm-haiku': agentTool('A quick prompt', 'LLM_LITE'),
    'llm-sonnet': agentTool('A demanding prompt', 'LLM_HEAVY'),
  },
  runner: {
    output_limit: 10 * 1024 * 1024,
    kill_grace_ms: 5_000,
    backoff_ms: 1_000,
    backoff_max_ms: 300_000,
  },
  hooks: {},
  schedules: {},
  agents: { enqueue: 'ask', default: null, budget: { day_usd: null, day_tasks: null } },
  worktree_keep_days: 30,
  unconfirmed: [],
};

/** What of a tool is a rule of the queue. */
type ToolRules = Pick<
  ToolConfig,
  'task_class' | 'timeout' | 'kill_after' | 'max_attempts' | 'verify_attempts'
>;

/**
 * What of a configuration is a rule of the queue, the same for whoever runs its tasks: times, retries, what is purged.
 * Commands and their environment are not: they belong to the host that runs them.
 */
export interface QueueRules extends Pick<Config, 'purge' | 'archive' | 'task_classes'> {
  tools: Readonly<Record<string, ToolRules>>;
  runner: Pick<Config['runner'], 'backoff_ms' | 'backoff_max_ms'>;
}

/** The own entry of a user-defined name: `constructor` is not one by inheritance. */
function entryOf<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/** A tool by its name; undefined if it is not configured. */
export function toolOf<T = ToolConfig>(
  { tools }: { tools: Readonly<Record<string, T>> },
  name: string,
): T | undefined {
  return entryOf(tools, name);
}

/** Whether the built-in runner can run a tool; those without a command are for outside workers. */
export function hasCommand(config: Config, name: string | null): boolean {
  return name !== null && Boolean(toolOf(config, name)?.command);
}

/** The name by which a tool is pinned. */
export function toolPin(name: string): string {
  return `tools.${name}`;
}

/** Whether a tool has a command that nobody has confirmed yet, so that the built-in runner does not run it. */
export function isUnconfirmed(config: Config, name: string): boolean {
  return config.unconfirmed.includes(toolPin(name));
}

/** The name by which a hook is pinned. */
export function hookPin(name: HookName): string {
  return `hooks.${name}`;
}

/** The name by which a schedule is pinned. */
export function schedulePin(name: string): string {
  return `schedules.${name}`;
}

/** The name by which the server is pinned that has the queue. */
export const databasePin = 'database';

/** The name by which what agents may do is pinned. */
export const enqueuePin = 'agents.enqueue';

/** What agents may start, as far as a person has confirmed it. */
export function enqueueMode({ agents, unconfirmed }: Config): EnqueueMode {
  return unconfirmed.includes(enqueuePin) ? 'ask' : agents.enqueue;
}

/** Whether a tool runs an agent here. */
export function isAgentTool(config: Config, name: string): boolean {
  const tool = toolOf(config, name);
  if (!tool?.command) return false;
  return tool.agent !== null || tool.task_class === 'LLM_LITE' || tool.task_class === 'LLM_HEAVY';
}

/** The tools whose agents the runner itself runs. */
export function agentTools({ tools }: Config): string[] {
  return Object.keys(tools).filter((name) => tools[name]?.agent);
}

/** Whose limits the runs of a tool share; null where a limit concerns the task alone. */
export function accountOf(config: Config, name: string): string | null {
  const tool = toolOf(config, name);
  return tool?.account ?? tool?.agent ?? null;
}

/** What checks a task once its program has succeeded: its own command, else that of its tool; null for nothing. */
export function verifyOf(
  { verify }: { verify: readonly string[] | null },
  tool: ToolConfig | undefined,
): readonly string[] | null {
  return verify ?? tool?.verify ?? null;
}

/** A schedule of the file; undefined where there is none, or nobody has confirmed it. */
export function confirmedSchedule(
  { schedules, unconfirmed }: Config,
  name: string,
): ScheduleConfig | undefined {
  return unconfirmed.includes(schedulePin(name)) ? undefined : entryOf(schedules, name);
}

/** What a schedule says that its tasks need of the machine: that starts nothing, so it counts unconfirmed as well. */
export function needsOfSchedule({ schedules }: Config, name: string): Needs | null {
  return entryOf(schedules, name)?.needs ?? null;
}

/** What waits to be confirmed, of the configuration that an owner answers with; an older owner confirms nothing. */
export function unconfirmedOf(config: unknown): readonly string[] {
  return (config as Partial<Config>).unconfirmed ?? [];
}

/** The command of a hook; null where there is none, or nobody has confirmed it. */
export function hookOf({ hooks, unconfirmed }: Config, name: HookName): readonly string[] | null {
  return unconfirmed.includes(hookPin(name)) ? null : (hooks[name] ?? null);
}

/** Whether the built-in runner runs a tool now: it has a command, and that is confirmed. */
export function canRun(config: Config, name: string): boolean {
  return hasCommand(config, name) && !isUnconfirmed(config, name);
}

/** Names of the tools that the built-in runner runs now. */
export function runnableTools(config: Config): string[] {
  return Object.keys(config.tools).filter((name) => canRun(config, name));
}

/** The class of a task: its own, else its tool's, else MEDIUM_SCRIPT. */
export function resolveClass(rules: QueueRules, toolName: string, given?: string): string {
  return given ?? toolOf(rules, toolName)?.task_class ?? 'MEDIUM_SCRIPT';
}

/**
 * The timeout of a task in seconds, in this order: its own, its tool's, the configured value of the
 * class, the built-in value of the class, 300.
 */
export function resolveTimeout(
  rules: QueueRules,
  task: { tool_name: string; task_class: string; timeout?: number },
): number {
  return (
    task.timeout ??
    toolOf(rules, task.tool_name)?.timeout ??
    entryOf(rules.task_classes, task.task_class)?.timeout ??
    entryOf(classTimeouts, task.task_class) ??
    defaultTimeout
  );
}

/** Seconds from the claim of a task to its deadline: its own, else its tool's; null for twice its timeout. */
export function resolveKillAfter(
  rules: QueueRules,
  task: { tool_name: string; kill_after?: number },
): number | null {
  return task.kill_after ?? toolOf(rules, task.tool_name)?.kill_after ?? null;
}

/** What a run of a task needs of the machine: the most that the task, its tool or its stream says of each. */
export function resolveNeeds(
  config: Config,
  task: { tool_name: string; needs: Needs | null },
  ofStream: Needs | null,
): Needs {
  return mostNeeded([task.needs, toolOf(config, task.tool_name)?.needs, ofStream]);
}

/** Whether the runs of a tool may work in a worktree: agents, and others that the configuration gives one. */
export function mayHaveWorktree(config: Config, tool: string): boolean {
  return isAgentTool(config, tool) || (hasCommand(config, tool) && toolOf(config, tool)?.worktree !== 'none');
}

/** Where the runs of a task work: where it says itself, else where its stream does, else where its tool does. */
export function worktreeOf(
  config: Config,
  task: { tool_name: string; worktree: WorktreeKind | null },
  ofStream: WorktreeKind | null,
): WorktreeKind {
  const tool = toolOf(config, task.tool_name);
  if (tool === undefined || !mayHaveWorktree(config, task.tool_name)) return 'none';
  return task.worktree ?? ofStream ?? tool.worktree;
}

/** By which the worktree of a run is known: the id of its task or of its stream; null where it has none. */
export function worktreeKey(kind: WorktreeKind, task: string, stream: string): string | null {
  if (kind === 'none') return null;
  return kind === 'task' ? task : stream;
}

/**
 * The folder that a run of an agent needs for itself, as the name of a resource: its path. Two would overwrite each
 * other's changes. Null for what is no agent, and where each task has a worktree.
 * @param kind where the run works
 * @param workspace null where the queue has none
 * @param workingTree says what a run without a worktree works in
 */
export function folderNeed(
  config: Config,
  tool: string,
  kind: WorktreeKind,
  workspace: string | null,
  stream: string,
  workingTree: (workspace: string) => string,
): string | null {
  if (workspace === null || kind === 'task') return null;
  if (kind === 'stream') return `${workspace} (${stream})`;
  return isAgentTool(config, tool) ? workingTree(workspace) : null;
}

/** Of each resource, the most that one of them says. */
export function mostNeeded(all: readonly (Needs | null | undefined)[]): Needs {
  const merged = new Map<string, number>();
  for (const needs of all)
    for (const [name, count] of Object.entries(needs ?? {}))
      merged.set(name, Math.max(count, merged.get(name) ?? 0));
  return Object.fromEntries(merged);
}

/** All tools, sorted by name. @param restOf why one does not start */
export function listTools(config: Config, restOf: (tool: string) => AccountRest | null): Tool[] {
  return Object.entries(config.tools)
    .map(([name, tool]) => ({
      name,
      description: tool.description,
      task_class: tool.task_class,
      timeout: tool.timeout,
      kill_after: tool.kill_after,
      runnable: tool.command !== null,
      agent: tool.agent,
      agents_default: name === config.agents.default,
      account: accountOf(config, name),
      rest: restOf(name),
    }))
    .sort((a, b) => a.name.localeCompare(b.name));
}

export interface ConfigProblem {
  /** With an error the file is not used; with a warning or a notice, the rest of it is. */
  severity: 'error' | 'warning' | 'notice';
  /**
   * `file`: cannot be read as a whole. `value`: wrong, so that its key keeps the last valid one. `unknown_key`,
   * `unused_key`: ignored. `hint`: likely not what was meant.
   */
  code: 'file' | 'value' | 'unknown_key' | 'unused_key' | 'hint';
  /** One sentence, without the position. */
  message: string;
  /** One-based. */
  line: number;
  column: number;
  endLine: number;
  endColumn: number;
}

/** Whether the file cannot be used, so that the last valid configuration stays in effect. */
export function isBroken(diagnostics: readonly ConfigProblem[]): boolean {
  return diagnostics.some(({ code }) => code === 'file');
}

/** Whether something in the file is wrong, so that it or a value in it is not in effect. */
export function isWrong(diagnostics: readonly ConfigProblem[]): boolean {
  return diagnostics.some(({ code }) => code === 'file' || code === 'value');
}

/** The source of the current configuration. What is invalid in the file leaves the last valid one in effect. */
export interface ConfigSource {
  current(): Config;
  /** One sentence each, with file, line and column. */
  problems(): readonly string[];
  /** The same problems as data. */
  diagnostics(): readonly ConfigProblem[];
  reload(): Promise<void>;
  /** Calls back after each change; returns a function that ends the subscription. */
  onChange(listener: () => void): () => void;
}

/** A configuration that never changes: the given one or the defaults. */
export function fixedConfig(config: Config = defaultConfig): ConfigSource {
  return {
    current: () => config,
    problems: () => [],
    diagnostics: () => [],
    reload: async () => {},
    onChange: () => () => {},
  };
}

/** The tool of a prompt that names none: any agent may claim it. */
export const anyAgent = 'agent';
