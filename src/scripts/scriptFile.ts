/** Reads one script on disk, only its start. */

import { stat } from 'node:fs/promises';
import path from 'node:path';
import { QueueError } from '../core/errors';
import type { Needs } from '../core/model';
import { encodingOf } from '../core/textBytes';
import { readBytes } from './fileBytes';
import { type HeaderProblem, parseHeader, type ScriptHeader } from './header';
import { leadsInside, relativePath } from './paths';
import { extensionOf, scriptExtensions, toolFor } from './tools';

/** A script in the catalogue. */
export interface Script {
  /** Relative to the workspace, with forward slashes. */
  path: string;
  /** From the header, or else the file name without its extension. */
  name: string;
  description: string | null;
  inputs: string | null;
  outputs: string | null;
  tags: string[];
  /** Seconds. */
  timeout: number | null;
  /** Seconds. */
  kill_after: number | null;
  task_class: string | null;
  tool: string | null;
  /** What a run needs of the machine. */
  needs: Needs | null;
  /** Program and arguments that check a run. */
  verify: string[] | null;
  cwd: string | null;
}

export interface ScriptProblem extends HeaderProblem {
  /** Relative to the workspace, with forward slashes. */
  path: string;
}

/** What the start of a file says. */
export interface Head {
  header: ScriptHeader;
  firstLine: string;
}

/** The start of a file, and how to detect that it has changed. */
export interface FileHead {
  mtimeMs: number;
  size: number;
  /** Null if the file is not a script by its name or a `#!` line. */
  head: Head | null;
}

/** Bytes read of a file. */
export const headBytes = 8 * 1024;

/** Whether a file may be a script by its name; `shebang` if its first line decides. */
export function kindOf(file: string): 'script' | 'shebang' | 'other' {
  // macOS keeps attributes of a file beside it, on volumes that have none.
  if (path.posix.basename(file).startsWith('._')) return 'other';
  const extension = extensionOf(file);
  if (extension === '') return 'shebang';
  return Object.hasOwn(scriptExtensions, extension) ? 'script' : 'other';
}

/** Reads the start of a file. */
export async function readHead(file: string): Promise<FileHead> {
  const { mtimeMs, size, bytes } = await readBytes(file, headBytes);
  if (bytes === null) return { mtimeMs, size, head: null };
  const text = decode(bytes);
  // A line that was cut off is not read.
  const whole = bytes.length >= size ? text : text.slice(0, text.lastIndexOf('\n') + 1);
  return { mtimeMs, size, head: headOf(whole, file) };
}

function headOf(text: string, file: string): Head | null {
  if (kindOf(file) === 'shebang' && !/^\uFEFF?#!/.test(text)) return null;
  return { header: parseHeader(text, file), firstLine: /^.*/.exec(text)?.[0] ?? '' };
}

/** PowerShell's own editor writes UTF-16. What is no text becomes U+FFFD: below its header a script may be anything. */
function decode(bytes: Buffer): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

/** A script and its problems, from its file. */
export function describe(
  relative: string,
  { header, firstLine }: Head,
): { script: Script; problems: ScriptProblem[] } {
  const { problems, ...facts } = header;
  const fileName = path.posix.basename(relative);
  return {
    script: {
      path: relative,
      ...facts,
      name: facts.name ?? path.posix.basename(fileName, path.posix.extname(fileName)),
      tool: toolFor(relative, header, firstLine),
    },
    problems: problems.map((problem) => ({ path: relative, ...problem })),
  };
}

/**
 * Any file of the workspace as a script, whether or not the catalogue lists it.
 * @param file absolute, or relative to the workspace
 * @throws QueueError if it is outside the workspace, missing or not a file
 */
export async function readScript(workspace: string, file: string): Promise<Script> {
  const relative = relativePath(workspace, file);
  const absolute = path.resolve(workspace, file);
  const facts = await stat(absolute).catch(() => null);
  if (relative !== null && facts === null) {
    throw new QueueError(
      'not_found',
      `Script not found: ${file}`,
      'List the scripts with: sparkq scripts list',
    );
  }
  if (relative === null || !(await leadsInside(workspace, absolute))) {
    throw new QueueError(
      'invalid_field',
      `The script ${file} is outside the workspace`,
      'Put the script inside the workspace, or run it from a script that is',
    );
  }
  if (!facts?.isFile()) throw new QueueError('invalid_field', `The script ${file} is not a file`);
  const head = (await readHead(absolute)).head ?? { header: parseHeader('', relative), firstLine: '' };
  return describe(relative, head).script;
}
