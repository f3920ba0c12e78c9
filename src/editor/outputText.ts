/** The text of an output document. Pure, so that it is tested without an editor. */

import type { TaskDetail } from '../core/model';
import { plainText } from '../core/plainText';

/** One stream of a task's output, as far as it was read. */
export interface OutputSection {
  name: 'stdout' | 'stderr';
  text: string;
  /** Bytes of the original. */
  size: number;
  dropped: { from: number; to: number } | null;
}

export interface LineRange {
  /** Zero-based, inclusive. */
  start: number;
  end: number;
}

export interface OutputText {
  text: string;
  /** Each section with its heading. */
  sections: LineRange[];
}

/**
 * Lays out a task's verdict and its output, one section for each stream that said anything.
 * @param git where it stood
 */
export function layOutOutput(
  task: TaskDetail,
  attempt: number,
  outputs: readonly OutputSection[],
  git: string | null = null,
): OutputText {
  const lines = headingOf(task, attempt);
  if (git) lines.push(`Git:      ${git}`);
  const sections: LineRange[] = [];
  const spoken = outputs.filter((output) => output.size > 0);
  for (const output of spoken) {
    lines.push('');
    const start = lines.length;
    lines.push(`── ${output.name} (${output.size.toLocaleString('en')} bytes) ──`);
    lines.push(...bodyOf(output));
    sections.push({ start, end: lines.length - 1 });
  }
  if (spoken.length === 0) lines.push('', task.status === 'running' ? 'No output yet.' : 'No output.');
  return { text: `${lines.join('\n')}\n`, sections };
}

function headingOf(task: TaskDetail, attempt: number): string[] {
  const lines = [
    `${task.label ?? task.tool_name} (${task.id})`,
    `State:    ${stateOf(task)}`,
    `Attempt:  ${attempt}`,
  ];
  if (task.result_summary) lines.push(`Summary:  ${firstLine(task.result_summary)}`);
  if (task.error) lines.push(`Error:    ${firstLine(task.error)}`);
  return lines;
}

function stateOf(task: TaskDetail): string {
  if (task.status === 'failed' && task.failure_kind)
    return `failed (${task.failure_kind.replaceAll('_', ' ')})`;
  return task.status;
}

const firstLine = (text: string) => text.trim().split('\n', 1)[0] ?? '';

function bodyOf(output: OutputSection): string[] {
  const lines = plainText(output.text).replace(/\n$/, '').split('\n');
  if (output.dropped) {
    const { from, to } = output.dropped;
    lines.unshift(`[bytes ${from} to ${to} were not kept: the output went over its limit]`);
  }
  return lines;
}
