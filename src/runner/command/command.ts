/** The command that runs a task with its tool. Everything that can be wrong is found before anything is started. */

import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { ToolConfig } from '../../core/config';
import { cutText } from '../../core/cutText';
import { parseExact } from '../../core/exactJson';
import type { Claim, Task } from '../../core/model';
import { mergeVariables, variableOf } from '../../system/environment';
import { isNetworkFolder, isTooLongToStartIn } from '../../system/paths';
import { windowsProgram } from '../../system/programs';
import { callOfLine, quoteForCmd } from './cmdLine';
import { startedByShim } from './npmShim';
import { CouldNotStart, type Fields, textOf, textsOf, variablesOf } from './payload';
import { findProgram } from './program';
import { promptOf } from './prompt';
import { problemOfLine } from './shellLine';
import { inWorkspace, type RunFolders, readableFile } from './workspacePaths';

export interface Command {
  file: string;
  args: readonly string[];
  /** Whether `args` are already as the program is to read them; only Windows knows the difference. */
  verbatim: boolean;
  cwd: string;
  env: Readonly<Record<string, string>>;
  stdin: string;
}

export interface CommandRequest {
  task: Task;
  stream: Claim['stream'];
  tool: ToolConfig | undefined;
  folders: RunFolders;
}

/**
 * The command of a claimed task.
 * @throws CouldNotStart with a sentence that names the cause
 */
export async function commandFor({ task, stream, tool, folders }: CommandRequest): Promise<Command> {
  if (!tool) throw new CouldNotStart(`The configuration has no tool "${task.tool_name}".`);
  const [name = '', ...fixed] = tool.command ?? [];
  if (name === '')
    throw new CouldNotStart(`The tool "${task.tool_name}" has no command in the configuration.`);
  const payload = payloadOf(task);
  const cwd = await workingFolder(payload, tool, folders);
  const env = mergeVariables(tool.env, variablesOf(payload, 'env'), factsOf(task, stream, folders));
  const { args, stdin } = await inputOf(task, stream, tool, payload, folders);
  const searchPath = variableOf(env, 'PATH') ?? process.env.PATH ?? '';
  const place = { cwd, searchPath, workspace: folders.workspace };
  return { ...(await assemble([name, ...fixed], args, tool.shell, place)), cwd, env, stdin };
}

function payloadOf(task: Task): Fields {
  // Parsed again, because arguments and variables are to have their numbers as they were given.
  const value = task.payload_json === null ? null : parseExact(task.payload);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new CouldNotStart('The payload is not a JSON object.');
}

/** What a script can read about its task in its environment. */
function factsOf(task: Task, stream: Claim['stream'], folders: RunFolders): Record<string, string> {
  return {
    SPARKQ_STREAM: stream.name,
    SPARKQ_TOOL: task.tool_name,
    SPARKQ_WORKSPACE: folders.workspace,
    ...(task.note === null ? {} : { SPARKQ_NOTE: task.note }),
  };
}

async function workingFolder(payload: Fields, tool: ToolConfig, folders: RunFolders): Promise<string> {
  const asked = textOf(payload, 'cwd');
  // The configuration belongs to the workspace and may name any folder; a payload must stay inside.
  const folder = asked
    ? await inWorkspace(asked, 'The working folder', folders)
    : path.resolve(folders.workspace, tool.cwd ?? '.');
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

async function inputOf(
  task: Task,
  stream: Claim['stream'],
  tool: ToolConfig,
  payload: Fields,
  folders: RunFolders,
): Promise<{ args: readonly string[]; stdin: string }> {
  switch (tool.input) {
    case 'script':
      return { args: await scriptOf(payload, folders), stdin: task.payload };
    case 'payload-stdin':
      return { args: textsOf(payload, 'args'), stdin: task.payload };
    case 'prompt-stdin':
      return { args: [], stdin: await promptOf(payload, task, stream, folders) };
    case 'prompt-argument':
      return { args: [await promptOf(payload, task, stream, folders)], stdin: '' };
  }
}

/** The script and its arguments; older clients put both into `metadata`. */
async function scriptOf(payload: Fields, folders: RunFolders): Promise<string[]> {
  const metadata = payload.metadata;
  const fields =
    payload.script_path === undefined && typeof metadata === 'object' && metadata !== null
      ? (metadata as Fields)
      : payload;
  const script = textOf(fields, 'script_path');
  if (!script) {
    throw new CouldNotStart('The payload names no script: it needs {"script_path": "scripts/name.sh"}.');
  }
  return [await readableFile(script, 'The script', folders), ...textsOf(fields, 'args')];
}

/** A task's arguments reach the program unchanged, even where a shell reads the tool's own command line. */
async function assemble(
  [name, ...fixed]: readonly [string, ...string[]],
  args: readonly string[],
  shell: boolean,
  { cwd, searchPath, workspace }: { cwd: string; searchPath: string; workspace: string },
): Promise<Pick<Command, 'file' | 'args' | 'verbatim'>> {
  const windows = process.platform === 'win32';
  if (shell) {
    const text = [name, ...fixed].join(' ');
    return windows ? callCmd(lineOf(text, args), cwd) : callSh(text, args);
  }
  const program = await findProgram(name, searchPath, workspace);
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

function callSh(text: string, args: readonly string[]): Pick<Command, 'file' | 'args' | 'verbatim'> {
  const line = args.length > 0 ? `${lineForArguments(text, false)} "$@"` : text;
  return { file: '/bin/sh', args: ['-c', line, 'sh', ...args], verbatim: false };
}

function callCmd(line: string, cwd: string): Pick<Command, 'file' | 'args' | 'verbatim'> {
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
