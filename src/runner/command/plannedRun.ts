/** What a task would start, as a person is shown it before approving, and by what it is known again. */

import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import { decisiveKeys, digestOf } from '../../config/pins';
import type { PlannedFile, PlannedRun, RunParts } from '../../core/model';
import { decodeText } from '../../core/textBytes';
import { whenFree } from '../../system/heldFiles';
import { type Command, type CommandRequest, commandFor } from './command';
import { CouldNotStart, type Fields } from './payload';
import { readableFile } from './workspacePaths';

/** What is shown of a file, characters. */
const longestText = 256 * 1024;

/** A file that a payload names, with its SHA-256. */
export interface PinnedFile {
  /** As the payload names it. */
  path: string;
  /** Absolute; null where there is no such file that the run might read. */
  file: string | null;
  hash: string;
}

interface ReadFile extends PinnedFile {
  bytes: Buffer | null;
}

/** Reads the configuration's tool and the files as they are now. */
export async function plannedRun(request: CommandRequest): Promise<PlannedRun> {
  // What a reviewer or an answer adds is said by a person, and is no part of what is approved.
  const task = { ...request.task, note: null };
  const [files, start] = await Promise.all([readFiles(request), startOf({ ...request, task })]);
  const parts = await partsFrom(request, files);
  const { command, problem } = start;
  return {
    digest: digestOf(parts),
    parts,
    command: command && [command.file, ...command.args],
    problem,
    folder: command && command.cwd,
    env: Object.fromEntries(
      Object.entries(command?.env ?? {}).filter(([name]) => !name.startsWith('SPARKQ_')),
    ),
    input: command === null || command.stdin === '' ? null : command.stdin,
    files: files.map(shownFile),
  };
}

/** What the run depends on, and the files of that, which can change until the program reads them. */
export async function pinsOfRun(request: CommandRequest): Promise<{ parts: RunParts; files: PinnedFile[] }> {
  const files = await readFiles(request);
  return {
    parts: await partsFrom(request, files),
    files: files.map(({ bytes: _, ...pinned }) => pinned),
  };
}

/** The names of the parts that are other ones, new or gone. */
export function changedParts(approved: RunParts, now: RunParts): string[] {
  const names = new Set([...Object.keys(approved), ...Object.keys(now)]);
  return [...names].filter((name) => approved[name] !== now[name]).sort();
}

/** The name of a file among the parts. */
export function filePart(name: string): string {
  return `file ${name}`;
}

async function partsFrom(
  { task, stream, tool, folders }: CommandRequest,
  files: readonly PinnedFile[],
): Promise<RunParts> {
  return {
    payload: sha256(task.payload),
    tool: tool === undefined ? 'missing' : digestOf({ [task.tool_name]: decisiveKeys(tool) }),
    instructions: sha256(stream.instructions ?? ''),
    folder: sha256(await fs.realpath(folders.workspace).catch(() => folders.workspace)),
    ...Object.fromEntries(files.map(({ path: name, hash }) => [filePart(name), hash])),
  };
}

async function startOf(
  request: CommandRequest,
): Promise<{ command: Command; problem: null } | { command: null; problem: string }> {
  try {
    return { command: await commandFor(request), problem: null };
  } catch (error) {
    if (error instanceof CouldNotStart) return { command: null, problem: error.message };
    throw error;
  }
}

async function readFiles({ task, folders }: CommandRequest): Promise<ReadFile[]> {
  const names = namedFiles(task.payload_json);
  return Promise.all(
    names.map(async (name) => {
      try {
        const file = await readableFile(name, 'The file', folders);
        const bytes = await whenFree(file, () => fs.readFile(file));
        return { path: name, file, hash: sha256(bytes), bytes };
      } catch {
        // The run says what is wrong with it. Should there be a file later, that is another run.
        return { path: name, file: null, hash: 'missing', bytes: null };
      }
    }),
  );
}

/** The script, prompt and context files, and a program that is named by its path: each once. */
function namedFiles(payload: unknown): string[] {
  if (typeof payload !== 'object' || payload === null) return [];
  const fields = payload as Fields;
  const metadata = (typeof fields.metadata === 'object' && fields.metadata) || {};
  const { script_path: script = (metadata as Fields).script_path, prompt_path: prompt, argv } = fields;
  const [program] = Array.isArray(argv) ? argv : [];
  const named = [
    script,
    prompt,
    ...(Array.isArray(fields.context_files) ? fields.context_files : []),
    typeof program === 'string' && /[\\/]/.test(program) && !path.isAbsolute(program) ? program : null,
  ];
  const names = named.filter((name): name is string => typeof name === 'string' && name.trim() !== '');
  return [...new Set(names)];
}

function shownFile({ path: name, bytes }: ReadFile): PlannedFile {
  const text = bytes === null ? null : decodeText(bytes);
  return { path: name, text: text === null ? null : text.slice(0, longestText), bytes: bytes?.length ?? 0 };
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
