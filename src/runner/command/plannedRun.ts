/** What a task would start, as a person is shown it before approving, and by what it is known again. */

import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { decisiveKeys, digestOf } from '../../config/pins';
import { outsideTool, verifyOf } from '../../core/config';
import type { PlannedFile, PlannedRun, RunParts } from '../../core/model';
import { decodeText } from '../../core/textBytes';
import { relativePath } from '../../scripts/paths';
import { withoutVariables } from '../../system/environment';
import {
  type Command,
  type CommandRequest,
  commandFor,
  ownProgram,
  ownVariables,
  payloadOf,
  programPath,
  scriptFields,
} from './command';
import { CouldNotStart, type Fields, textOf, textsOf } from './payload';
import { PayloadFiles } from './payloadFiles';

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
  const found = new PayloadFiles(request.folders);
  const files = await readFiles(request, found);
  const [parts, start] = await Promise.all([partsFrom(request, files), startOf({ ...request, task }, found)]);
  const { command, problem } = start;
  return {
    digest: digestOf(parts),
    parts,
    command: command && [command.file, ...command.args],
    problem,
    folder: command?.cwd ?? null,
    env: withoutVariables(command?.env ?? {}, ownVariables),
    input: command === null || command.stdin === '' ? null : command.stdin,
    check: verifyOf(request.task, request.tool),
    files: files.map(shownFile),
  };
}

/**
 * What the run depends on, and the files of that, which can change until the program reads them.
 * @param found looks at the files, and is to look at them for the command as well
 */
export async function pinsOfRun(
  request: CommandRequest,
  found: PayloadFiles,
): Promise<{ parts: RunParts; files: PinnedFile[] }> {
  const files = await readFiles(request, found);
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
    tool: tool === undefined ? 'missing' : digestOf({ [task.tool_name]: decisiveKeys(tool, outsideTool) }),
    ...(task.verify !== null && { verify: sha256(JSON.stringify(task.verify)) }),
    instructions: sha256(stream.instructions ?? ''),
    folder: sha256(await fs.realpath(folders.workspace).catch(() => folders.workspace)),
    ...Object.fromEntries(files.map(({ path: name, hash }) => [filePart(name), hash])),
  };
}

async function startOf(
  request: CommandRequest,
  files: PayloadFiles,
): Promise<{ command: Command; problem: null } | { command: null; problem: string }> {
  try {
    return { command: await commandFor(request, files), problem: null };
  } catch (error) {
    if (error instanceof CouldNotStart) return { command: null, problem: error.message };
    throw error;
  }
}

async function readFiles(request: CommandRequest, files: PayloadFiles): Promise<ReadFile[]> {
  return Promise.all(
    namedFiles(request, files).map(async ({ name, find }) => {
      const file = await find().catch(() => null);
      // The run says what is wrong with it. Should there be a file later, that is another run.
      if (file === null) return { path: name, file, hash: 'missing', bytes: null };
      const bytes = await files.read(file).catch(() => null);
      // What checks a run may be a program that it builds.
      return { path: name, file: bytes && file, hash: bytes === null ? 'unreadable' : sha256(bytes), bytes };
    }),
  );
}

interface NamedFile {
  name: string;
  /** @throws CouldNotStart */
  find(): Promise<string>;
}

/** The script, prompt and context files, and programs that are named by their paths: each once. */
function namedFiles({ task, tool, folders }: CommandRequest, files: PayloadFiles): NamedFile[] {
  // Read in the same way as for the command; what that refuses, it does not start either.
  const payload = orElse({}, () => payloadOf(task));
  const text = (fields: Fields, name: string) => [orElse(null, () => textOf(fields, name)) ?? []].flat();
  const named: (readonly [name: string, what: string])[] = [
    ...text(scriptFields(payload), 'script_path').map((name) => [name, 'The script'] as const),
    ...text(payload, 'prompt_path').map((name) => [name, 'The prompt file'] as const),
    ...orElse([], () => textsOf(payload, 'context_files')).map((name) => [name, 'The context file'] as const),
  ];
  const own = orElse(null, () => ownProgram(payload, tool));
  const programs = [own, verifyOf(task, tool)?.[0]].flatMap((name) => {
    const file = name ? orElse(null, () => programPath(name, payload, tool, folders)) : null;
    return file === null ? [] : [file];
  });
  return [
    ...[...new Map(named)].map(([name, what]) => ({ name, find: () => files.find(name, what) })),
    ...[...new Set(programs)].map((program) => ({
      name: nameIn(folders.workspace, program),
      find: async () => program,
    })),
  ];
}

/** @returns `otherwise` for what cannot be started */
function orElse<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CouldNotStart) return otherwise;
    throw error;
  }
}

function nameIn(workspace: string, file: string): string {
  return relativePath(workspace, file) ?? file;
}

function shownFile({ path: name, bytes }: ReadFile): PlannedFile {
  const text = bytes === null ? null : decodeText(bytes);
  return { path: name, text: text === null ? null : text.slice(0, longestText), bytes: bytes?.length ?? 0 };
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
