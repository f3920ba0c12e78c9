/** The name of a task in lists. */

import { shortened } from './cutText';
import type { Task } from './model';

/** Longer names are cut. */
const longestName = 80;

/** The parts of a task that a name is made of. */
export interface NameParts {
  label: string | null;
  script_path: string | null;
  prompt: string | null;
  tool_name: string;
}

/** The task's own label, else its script's file, else the first line of its prompt, else its tool. */
export function nameOfParts({ label, script_path: script, prompt, tool_name: tool }: NameParts): string {
  const name = label?.trim() || (script && baseName(script)) || prompt?.trim().split('\n', 1)[0] || tool;
  return shortened(name, longestName);
}

/** What of a task its name is made of. */
type Named = Pick<Task, 'label' | 'tool_name' | 'payload_json'>;

export function nameOfTask(task: Named): string {
  return nameOfParts(namePartsOf(task));
}

/** The parts from a task's row; those of the payload only if they are text. */
export function namePartsOf({ label, tool_name, payload_json: payload }: Named): NameParts {
  const { script_path, prompt }: Record<string, unknown> =
    typeof payload === 'object' && payload !== null ? { ...payload } : {};
  return { label, tool_name, script_path: textOf(script_path), prompt: textOf(prompt) };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}

function baseName(file: string): string {
  return file.split(/[/\\]/).at(-1) || file;
}
