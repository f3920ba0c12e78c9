/** The command that runs a task with its tool. Everything that can be wrong is found before anything is started. */

import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { variablesOfAgents } from '../../agents/callingAgent';
import { type ToolConfig, verifyOf } from '../../core/config';
import { cutText } from '../../core/cutText';
import { parseExact } from '../../core/exactJson';
import type { Claim, Task } from '../../core/model';
import { innermost } from '../../scripts/paths';
import { callerVariables, mergeVariables, variableOf } from '../../system/environment';
import { isNetworkFolder, isTooLongToStartIn, pathInside } from '../../system/paths';
import { windowsProgram } from '../../system/programs';
import { commandText } from '../../system/shellWords';
import type { Adapter, McpServer } from '../adapters/adapter';
import { adapters } from '../adapters/adapters';
import type { CheckCall } from '../runFiles';
import { callOfLine, quoteForCmd } from './cmdLine';
import type { FailedCheck } from './failedCheck';
import { refuseVariables } from './foreignVariables';
import { startedByShim } from './npmShim';
import type { Parent } from './parents';
import { CouldNotStart, type Fields, textOf, textsOf, variablesOf } from './payload';
import { PayloadFiles } from './payloadFiles';
import { findProgram, isPath } from './program';
import { promptOf, promptToGoOn } from './prompt';
import { problemOfLine } from './shellLine';
import { inWorkspace, type RunFolders } from './workspacePaths';

export interface Command {
  file: string;
  args: readonly string[];
  /** Whether `args` are already as the program is to read them; only Windows knows the difference. */
  verbatim: boolean;
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Names of variables that are not inherited. */
  env_omit: readonly string[];
  stdin: string;
  /** Checks what the program did, in the same folder and environment; null for nothing. */
  check: CheckCall | null;
}

interface Place {
  cwd: string;
  /** A `PATH`. */
  searchPath: string;
  workspace: string;
  /** What a path in the payload is relative to; by default `cwd`. */
  home?: string;
  /** Whether a program that is named by its path may come later. */
  builtLater?: boolean;
}

type Call = Pick<Command, 'file' | 'args' | 'verbatim'>;

export interface CommandRequest {
  task: Task;
  stream: Claim['stream'];
  tool: ToolConfig | undefined;
  folders: RunFolders;
  /** What the task came after; undefined before that is known. */
  parents?: readonly Parent[];
  /** Of an agent; undefined before it is started. */
  conversation?: Conversation;
  /** What the run before this one failed with; null and undefined for nothing. */
  failedCheck?: FailedCheck | null;
  /** Whether somebody else than the person of this host has made the task. */
  foreign?: boolean;
}

/** What a run of an agent has besides its prompt. */
export interface Conversation {
  /** The session that begins, or the one to go on with. */
  session: string;
  resume: boolean;
  mcp: McpServer;
}

/**
 * The command of a claimed task.
 * @param files those that were looked at before count as they were then
 * @throws CouldNotStart with a sentence that names the cause
 */
export async function commandFor(
  request: CommandRequest,
  files = new PayloadFiles(request.folders),
): Promise<Command> {
  const { task, stream, tool, folders } = request;
  if (!tool) throw new CouldNotStart(`The configuration has no tool "${task.tool_name}".`);
  const { command } = tool;
  if (!command) throw new CouldNotStart(`The tool "${task.tool_name}" has no command in the configuration.`);
  const payload = payloadOf(task);
  if (request.foreign) refuseVariables(variablesOf(payload, 'env'), task.created_by);
  const home = await namedFolder(payload, tool, folders);
  const cwd = await workingFolder(home, folders);
  const given = variablesOf(payload, 'env');
  const env = mergeVariables(tool.env, given, factsOf(task, stream, folders));
  const searchPath = variableOf(env, 'PATH') ?? process.env.PATH ?? '';
  const place = { cwd, searchPath, workspace: folders.workspace, home };
  const check = await checkOf(verifyOf(task, tool), place);
  if (tool.agent !== null)
    return { ...(await agentCommand(request, tool, adapters[tool.agent], payload, files, place)), check };
  const { args, stdin } = await inputOf(request, tool, payload, files);
  const shell = tool.input === 'line' ? textOf(payload, 'shell') : null;
  const call =
    tool.input === 'line' && (shell !== null || command.length === 0)
      ? await callShell(shell, args.join(''), place)
      : await assemble(command, args, tool.shell, place);
  return { ...call, cwd, env, env_omit: withoutEnvironmentOf(given), stdin, check };
}

/** The path of its program is relative to the working folder, and may be that of one which the run is to build. */
async function checkOf(words: readonly string[] | null, place: Place): Promise<CheckCall | null> {
  if (words === null) return null;
  const call = await assemble(words, [], false, { ...place, workspace: place.cwd, builtLater: true });
  return { ...call, text: commandText(words) };
}

/**
 * A program with its arguments, for which there is no task; it runs in the workspace.
 * @throws CouldNotStart with a sentence that names the cause
 */
export async function commandOfWords(
  words: readonly string[],
  workspace: string,
  stdin: string,
): Promise<Command> {
  const place = { cwd: workspace, searchPath: process.env.PATH ?? '', workspace };
  const call = await assemble(words, [], false, place);
  return { ...call, cwd: workspace, env: {}, env_omit: [], stdin, check: null };
}

/** The command of a run of an agent, whose prompt is its standard input. */
async function agentCommand(
  { task, stream, parents, failedCheck, conversation, folders }: CommandRequest,
  tool: ToolConfig,
  adapter: Adapter,
  payload: Fields,
  files: PayloadFiles,
  place: Place,
): Promise<Omit<Command, 'check'>> {
  const { session, resume, mcp } = conversation ?? { session: null, resume: false, mcp: null };
  const prompt = resume
    ? promptToGoOn(task, failedCheck)
    : await promptOf(payload, task, stream, files, parents, failedCheck);
  const { model, permission, max_turns, max_budget_usd, agent_args: args } = tool;
  const limits = { model, permission, max_turns, max_budget_usd, args };
  const call = adapter.call({ ...limits, prompt, session, resume, mcp });
  const given = variablesOf(payload, 'env');
  const env = mergeVariables(call.env, tool.env, given, factsOf(task, stream, folders));
  const program = await assemble([adapter.program], call.args, false, place);
  const env_omit = [...withoutEnvironmentOf(given), ...variablesOfAgents];
  return { ...program, cwd: place.cwd, env, env_omit, stdin: call.stdin };
}

/** Of an environment that a task brings with it, the variables belong together: none of them is the runner's own. */
function withoutEnvironmentOf(given: Readonly<Record<string, string>>): string[] {
  return variableOf(given, 'PATH') === undefined
    ? []
    : callerVariables.filter((name) => variableOf(given, name) === undefined);
}

/** The fields of a task's payload. @throws CouldNotStart */
export function payloadOf(task: Task): Fields {
  // Parsed again, because arguments and variables are to have their numbers as they were given.
  const value = task.payload_json === null ? null : parseExact(task.payload);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new CouldNotStart('The payload is not a JSON object.');
}

/** The variables that say what the task is, besides a reviewer's note. */
export const ownVariables = ['SPARKQ_STREAM', 'SPARKQ_TOOL', 'SPARKQ_WORKSPACE'] as const;

/** What a script can read about its task in its environment. */
function factsOf(
  task: Task,
  stream: Claim['stream'],
  folders: RunFolders,
): Record<(typeof ownVariables)[number], string> {
  return {
    SPARKQ_STREAM: stream.name,
    SPARKQ_TOOL: task.tool_name,
    SPARKQ_WORKSPACE: folders.workspace,
    ...(task.note === null ? {} : { SPARKQ_NOTE: task.note }),
    ...(folders.worktree === undefined ? {} : { SPARKQ_WORKTREE: folders.worktree.folder }),
  };
}

/** The folder in which a task works where it has no worktree. @throws CouldNotStart */
export async function namedFolder(payload: Fields, tool: ToolConfig, folders: RunFolders): Promise<string> {
  const asked = textOf(payload, 'cwd');
  // The configuration belongs to the workspace and may name any folder; a payload must stay inside.
  return asked
    ? await inWorkspace(asked, 'The working folder', folders)
    : path.resolve(folders.workspace, tool.cwd ?? '.');
}

async function workingFolder(named: string, folders: RunFolders): Promise<string> {
  const folder = await inWorktree(named, folders);
  const facts = await fs.stat(folder).catch(() => null);
  if (!facts) throw new CouldNotStart(`The working folder ${folder} does not exist.`);
  if (!facts.isDirectory()) throw new CouldNotStart(`The working folder ${folder} is not a folder.`);
  if (isTooLongToStartIn(folder)) {
    throw new CouldNotStart(
      `The working folder ${folder} has a path of more than 258 characters, in which Windows starts no program: name a shorter one with "cwd".`,
    );
  }
  try {
    await fs.access(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw new CouldNotStart(`The working folder ${folder} is not writable.`);
  }
  return folder;
}

/** Where a folder of the repository is in the worktree of the run, if that has one. */
async function inWorktree(folder: string, { worktree }: RunFolders): Promise<string> {
  if (worktree === undefined) return folder;
  const inside = pathInside(worktree.from, await fs.realpath(folder).catch(() => folder));
  if (inside === null) throw new CouldNotStart(`The working folder ${folder} is outside ${worktree.from}.`);
  return path.join(worktree.folder, inside);
}

async function inputOf(
  { task, stream, parents, failedCheck }: CommandRequest,
  tool: ToolConfig,
  payload: Fields,
  files: PayloadFiles,
): Promise<{ args: readonly string[]; stdin: string }> {
  const prompt = () => promptOf(payload, task, stream, files, parents, failedCheck);
  switch (tool.input) {
    case 'script':
      return { args: await scriptOf(payload, files), stdin: task.payload };
    case 'payload-stdin':
      return { args: textsOf(payload, 'args'), stdin: task.payload };
    case 'argv':
      return { args: textsOf(payload, 'argv'), stdin: '' };
    case 'line':
      return { args: [lineIn(payload)], stdin: '' };
    case 'prompt-stdin':
      return { args: [], stdin: await prompt() };
    case 'prompt-argument':
      return { args: [await prompt()], stdin: '' };
  }
}

/** Where a script and its arguments are named: older clients put both into `metadata`. */
export function scriptFields(payload: Fields): Fields {
  const { metadata, script_path: script } = payload;
  return script === undefined && typeof metadata === 'object' && metadata !== null
    ? (metadata as Fields)
    : payload;
}

async function scriptOf(payload: Fields, files: PayloadFiles): Promise<string[]> {
  const fields = scriptFields(payload);
  const script = textOf(fields, 'script_path');
  if (!script) {
    throw new CouldNotStart('The payload names no script: it needs {"script_path": "scripts/name.sh"}.');
  }
  return [await files.find(script, 'The script'), ...textsOf(fields, 'args')];
}

/** The program or shell that a payload names; null where it names none. */
export function ownProgram(payload: Fields, tool: ToolConfig | undefined): string | null {
  if (tool?.command?.length !== 0 || tool.agent !== null) return null;
  return (tool.input === 'line' ? textOf(payload, 'shell') : textsOf(payload, 'argv')[0]) ?? null;
}

/** The absolute path of a program of the workspace that is named by its path; null where it is named in another way. */
export function programPath(
  name: string,
  payload: Fields,
  tool: ToolConfig | undefined,
  { workspace, others }: RunFolders,
): string | null {
  if (!isPath(name)) return null;
  const file = path.resolve(workspace, textOf(payload, 'cwd') ?? tool?.cwd ?? '.', name);
  return innermost([workspace, ...others()], file) === undefined ? null : file;
}

function lineIn(payload: Fields): string {
  const line = textOf(payload, 'line');
  if (line === null)
    throw new CouldNotStart('The payload has no command line: it needs {"line": "make test"}.');
  return line;
}

/**
 * A task's arguments reach the program unchanged, even where a shell reads the tool's own command line. Of a tool
 * without words of its own the first argument is the program, whose path is relative to the working folder.
 */
async function assemble(
  command: readonly string[],
  args: readonly string[],
  shell: boolean,
  place: Place,
): Promise<Call> {
  const { cwd, searchPath } = place;
  const [name, ...fixed] = command;
  if (name === undefined) {
    if (args.length === 0)
      throw new CouldNotStart('The payload has no command: it needs {"argv": ["make", "test"]}.');
    return assemble(args, [], false, { ...place, workspace: place.home ?? cwd });
  }
  const windows = process.platform === 'win32';
  if (shell) {
    const text = [name, ...fixed].join(' ');
    return windows ? callCmd(lineOf(text, args), cwd) : callSh(text, args);
  }
  const program =
    place.builtLater && isPath(name)
      ? path.resolve(place.workspace, name)
      : await findProgram(name, searchPath, place.workspace);
  if (windows && /\.(cmd|bat)$/i.test(program)) {
    const started = await startedByShim(program, searchPath);
    if (started === null) return callCmd(lineOf(quoteForCmd(program), [...fixed, ...args]), cwd);
    const [node, script] = started;
    return { file: node, args: [script, ...fixed, ...args], verbatim: false };
  }
  const at = fixed.findIndex((word) => /^\/c$/i.test(word));
  if (windows && at >= 0 && args.length > 0 && /[\\/]cmd\.exe$/i.test(program)) {
    const call = callCmd(lineOf(fixed.slice(at + 1).join(' '), args), cwd);
    return { ...call, args: [...fixed.slice(0, at), ...call.args] };
  }
  return { file: program, args: [...fixed, ...args], verbatim: false };
}

/** A whole line, read by the shell of that name or path; null: by that of the system. */
async function callShell(
  shell: string | null,
  line: string,
  { cwd, searchPath, home = cwd }: Place,
): Promise<Call> {
  if (shell === null) return process.platform === 'win32' ? callCmd(line, cwd) : callSh(line, []);
  const file = await findProgram(shell, searchPath, home);
  const name = path
    .basename(file)
    .replace(/\.exe$/i, '')
    .toLowerCase();
  if (process.platform === 'win32' && name === 'cmd') return callCmd(line, cwd);
  const options = ['pwsh', 'powershell'].includes(name)
    ? ['-NoLogo', '-NoProfile', '-NonInteractive', '-Command']
    : ['-c'];
  return { file, args: [...options, line], verbatim: false };
}

function callSh(text: string, args: readonly string[]): Call {
  const line = args.length > 0 ? `${lineForArguments(text, false)} "$@"` : text;
  return { file: '/bin/sh', args: ['-c', line, 'sh', ...args], verbatim: false };
}

function callCmd(line: string, cwd: string): Call {
  if (isNetworkFolder(cwd)) {
    throw new CouldNotStart(
      `cmd.exe starts in no network folder, such as ${cwd}: give it a drive letter (net use), and open the workspace there.`,
    );
  }
  return { file: windowsProgram(process.env, 'cmd.exe'), ...callOfLine(line) };
}

/** The line of cmd.exe; where there is no text, the first argument is the program. */
function lineOf(text: string, args: readonly string[]): string {
  if (args.length === 0) return text;
  return [...(text === '' ? [] : [lineForArguments(text, true)]), ...args.map(quoteForCmd)].join(' ');
}

function lineForArguments(text: string, windows: boolean): string {
  // A YAML block ends in a newline: arguments after it would be a command of their own.
  const line = text.trimEnd();
  const problem = problemOfLine(line, windows);
  if (problem === null) return line;
  throw new CouldNotStart(
    `Arguments cannot be passed to a command line that ${problem}: ${cutText(line, 100)}`,
  );
}
