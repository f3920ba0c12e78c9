import type { Task } from '../../core/model';
import { namePartsOf } from '../../core/taskName';
import { commandText } from '../../system/shellWords';

/** The command line of a task for people: its own, or that of its script with the arguments; null for any other work. */
export function commandOfTask(task: Pick<Task, 'label' | 'tool_name' | 'payload_json'>): string | null {
  const { argv, line, args } = Object(task.payload_json) as Record<string, unknown>;
  const words = textsIn(argv);
  if (words.length > 0) return commandText(words);
  if (typeof line === 'string' && line.trim() !== '') return line.trim();
  const { script_path: script } = namePartsOf(task);
  return script === null ? null : commandText([script, ...textsIn(args)]);
}

function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
