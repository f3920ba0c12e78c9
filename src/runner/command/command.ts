/** From a task and its tool to the command that does it. Whatever is wrong is found here, before anything is started. */

import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { ToolConfig } from '../../core/config';
import type { Claim, Task } from '../../core/model';
import { CouldNotStart } from './couldNotStart';
import { type Fields, textOf, textsOf, variablesOf } from './payload';
import { findProgram } from './program';
import { promptOf } from './prompt';
import { faultOfLine } from './shellLine';
import { inWorkspace, type RunFolders, readableFile } from './workspacePaths';

export interface Command {
  file: string;
  args: readonly string[];
  /** The file is a command line for the platform's shell. */
  shell: boolean;
  cwd: string;
  env: Readonly<Record<string, string>>;
  stdin: string;
}

export interface CommandRequest {
  task: Task;
  stream: Claim['stream'];
  tool: ToolConfig | undefined;
  place: RunFolders;
}

/**
 * The command of a claimed task.
 * @throws CouldNotStart with one sentence that names the cause
 */
export async function commandFor({ task, stream, tool, place }: CommandRequest): Promise<Command> {
  if (!tool) throw new CouldNotStart(`The configuration has no tool "${task.tool_name}".`);
  const [name, ...fixed] = tool.command ?? [];
  if (!name) throw new CouldNotStart(`The tool "${task.tool_name}" has no command in the configuration.`);
  const payload = payloadOf(task);
  const cwd = await workingFolder(payload, tool, place);
  const env = { ...tool.env, ...variablesOf(payload, 'env'), ...factsOf(task, stream, place) };
  const { args, stdin } = await inputOf(task, stream, tool, payload, place);
  const program = await findProgram(name, env.PATH ?? process.env.PATH ?? '', place.workspace, tool.shell);
  return { ...assemble(program, fixed, args, tool.shell), cwd, env, stdin };
}

function payloadOf(task: Task): Fields {
  const value = task.payload_json;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new CouldNotStart('The payload is not a JSON object.');
}

/** What a script may ask its environment about the task. */
function factsOf(task: Task, stream: Claim['stream'], place: RunFolders): Record<string, string> {
  return {
    SPARKQ_STREAM: stream.name,
    SPARKQ_TOOL: task.tool_name,
    SPARKQ_WORKSPACE: place.workspace,
    ...(task.note === null ? {} : { SPARKQ_NOTE: task.note }),
  };
}

async function workingFolder(payload: Fields, tool: ToolConfig, place: RunFolders): Promise<string> {
  const asked = textOf(payload, 'cwd');
  // The configuration is the workspace's own and may name any folder; a payload stays inside.
  const folder = asked
    ? await inWorkspace(asked, 'The working folder', place)
    : path.resolve(place.workspace, tool.cwd ?? '.');
  const facts = await fs.stat(folder).catch(() => null);
  if (!facts) throw new CouldNotStart(`The working folder ${folder} does not exist.`);
  if (!facts.isDirectory()) throw new CouldNotStart(`The working folder ${folder} is not a folder.`);
  try {
    await fs.access(folder, constants.W_OK | constants.X_OK);
  } catch {
    throw new CouldNotStart(`The working folder ${folder} may not be written to.`);
  }
  return folder;
}

async function inputOf(
  task: Task,
  stream: Claim['stream'],
  tool: ToolConfig,
  payload: Fields,
  place: RunFolders,
): Promise<{ args: readonly string[]; stdin: string }> {
  switch (tool.input) {
    case 'script':
      return { args: await scriptOf(payload, place), stdin: task.payload };
    case 'payload-stdin':
      return { args: textsOf(payload, 'args'), stdin: task.payload };
    case 'prompt-stdin':
      return { args: [], stdin: await promptOf(payload, task, stream, place) };
    case 'prompt-argument':
      return { args: [await promptOf(payload, task, stream, place)], stdin: '' };
  }
}

/** The script and its arguments; in the original's form they lie in `metadata`. */
async function scriptOf(payload: Fields, place: RunFolders): Promise<string[]> {
  const metadata = payload.metadata;
  const fields =
    payload.script_path === undefined && typeof metadata === 'object' && metadata !== null
      ? (metadata as Fields)
      : payload;
  const script = textOf(fields, 'script_path');
  if (!script) {
    throw new CouldNotStart('The payload names no script; it needs {"script_path": "scripts/name.sh"}.');
  }
  return [await readableFile(script, 'The script', place), ...textsOf(fields, 'args')];
}

/** Arguments of a task reach a program as they are, even where the tool's own command line is read by a shell. */
function assemble(
  program: string,
  fixed: readonly string[],
  args: readonly string[],
  shell: boolean,
): Pick<Command, 'file' | 'args' | 'shell'> {
  const windows = process.platform === 'win32';
  const batch = windows && /\.(cmd|bat)$/i.test(program);
  if (shell) return assembleForShell([program, ...fixed].join(' '), args, windows);
  if (!batch) return { file: program, args: [...fixed, ...args], shell: false };
  return {
    file: [`"${program}"`, ...[...fixed, ...args].map(quoteForWindows)].join(' '),
    args: [],
    shell: true,
  };
}

function assembleForShell(
  text: string,
  args: readonly string[],
  windows: boolean,
): Pick<Command, 'file' | 'args' | 'shell'> {
  const given = args.length > 0;
  const line = given ? fitForArguments(text, windows) : text;
  if (windows) return { file: [line, ...args.map(quoteForWindows)].join(' '), args: [], shell: true };
  return { file: '/bin/sh', args: ['-c', given ? `${line} "$@"` : line, 'sh', ...args], shell: false };
}

function fitForArguments(text: string, windows: boolean): string {
  // A block of YAML ends in a newline, behind which the arguments would be a command.
  const line = text.trimEnd();
  const fault = faultOfLine(line, windows);
  if (fault === null) return line;
  throw new CouldNotStart(
    `Arguments cannot be passed to a command line that ${fault}: ${line.slice(0, 100)}`,
  );
}

/** cmd.exe expands some characters even between quotes: an argument that holds one is refused. */
function quoteForWindows(text: string): string {
  if (/["%!\r\n]/.test(text)) {
    throw new CouldNotStart(`An argument cannot be passed to a command of cmd.exe: ${text.slice(0, 100)}`);
  }
  return `"${text}"`;
}
