/** Builds the prompt for an agent's command. */

import * as fs from 'node:fs/promises';
import type { Claim, Task } from '../../core/model';
import { decodeText, saveAsUtf8 } from '../../core/textBytes';
import { type FailedCheck, failedCheckText } from './failedCheck';
import { type Parent, withParents } from './parents';
import { CouldNotStart, type Fields, textOf, textsOf } from './payload';
import type { PayloadFiles } from './payloadFiles';

/** Larger files are for the agent's own tools, not for its prompt; bytes. */
const maxFileSize = 1024 * 1024;

/**
 * The stream's instructions, the task's prompt, the reviewer's note, why a check failed and the context files, in this
 * order.
 * The prompt is the payload's `prompt`, or the text of the file that `prompt_path` names.
 * @param parents what it came after; undefined before that is known
 * @param failedCheck what the run before this one failed with
 */
export async function promptOf(
  payload: Fields,
  task: Task,
  stream: Claim['stream'],
  named: PayloadFiles,
  parents?: readonly Parent[],
  failedCheck?: FailedCheck | null,
): Promise<string> {
  const promptPath = textOf(payload, 'prompt_path');
  const prompt =
    textOf(payload, 'prompt') ?? (promptPath ? await readText(promptPath, 'The prompt file', named) : null);
  if (prompt === null) throw new CouldNotStart('The payload has no prompt.');
  const files: string[] = [];
  for (const name of textsOf(payload, 'context_files')) {
    files.push(`--- ${name} ---\n${await readText(name, 'The context file', named)}`);
  }
  const note = noteIn(task);
  const instructions = stream.instructions === null ? [] : [stream.instructions];
  const whole = parents === undefined ? prompt : withParents(prompt, parents);
  return [...instructions, whole, ...note, ...checkIn(failedCheck), ...files].join('\n\n');
}

/** What an agent is told that goes on with its session, where it has read the prompt: what has come since. */
export function promptToGoOn(task: Task, failedCheck?: FailedCheck | null): string {
  return ['Go on with the task where you stopped.', ...noteIn(task), ...checkIn(failedCheck)].join('\n\n');
}

function noteIn({ note }: Task): string[] {
  return note === null ? [] : [`A reviewer's note on the last run: ${note}`];
}

function checkIn(failed: FailedCheck | null | undefined): string[] {
  return failed ? [failedCheckText(failed)] : [];
}

async function readText(name: string, what: string, named: PayloadFiles): Promise<string> {
  const file = await named.find(name, what);
  if ((await fs.stat(file)).size > maxFileSize)
    throw new CouldNotStart(`${what} ${name} is larger than 1 MB.`);
  const text = decodeText(await named.read(file));
  if (text === null) throw new CouldNotStart(`${what} ${name} is not UTF-8 text. ${saveAsUtf8}`);
  return text;
}
