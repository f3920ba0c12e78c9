/** Builds the prompt for an agent's command. */

import * as fs from 'node:fs/promises';
import type { Claim, Task } from '../../core/model';
import { decodeText, saveAsUtf8 } from '../../core/textBytes';
import { whenFree } from '../../system/heldFiles';
import { CouldNotStart, type Fields, textOf, textsOf } from './payload';
import { type RunFolders, readableFile } from './workspacePaths';

/** Larger files are for the agent's own tools, not for its prompt; bytes. */
const maxFileSize = 1024 * 1024;

/**
 * The stream's instructions, the task's prompt, the reviewer's note and the context files, in this order.
 * The prompt is the payload's `prompt`, or the text of the file that `prompt_path` names.
 */
export async function promptOf(
  payload: Fields,
  task: Task,
  stream: Claim['stream'],
  folders: RunFolders,
): Promise<string> {
  const promptPath = textOf(payload, 'prompt_path');
  const prompt =
    textOf(payload, 'prompt') ?? (promptPath ? await readText(promptPath, 'The prompt file', folders) : null);
  if (prompt === null) throw new CouldNotStart('The payload has no prompt.');
  const files: string[] = [];
  for (const name of textsOf(payload, 'context_files')) {
    files.push(`--- ${name} ---\n${await readText(name, 'The context file', folders)}`);
  }
  const note = task.note === null ? [] : [`A reviewer's note on the last run: ${task.note}`];
  const instructions = stream.instructions === null ? [] : [stream.instructions];
  return [...instructions, prompt, ...note, ...files].join('\n\n');
}

async function readText(name: string, what: string, folders: RunFolders): Promise<string> {
  const file = await readableFile(name, what, folders);
  if ((await fs.stat(file)).size > maxFileSize)
    throw new CouldNotStart(`${what} ${name} is larger than 1 MB.`);
  const text = decodeText(await whenFree(file, () => fs.readFile(file)));
  if (text === null) throw new CouldNotStart(`${what} ${name} is not UTF-8 text. ${saveAsUtf8}`);
  return text;
}
