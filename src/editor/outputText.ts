/** The text of an output document. Pure, so that it is tested without an editor. */

import type { TaskDetail } from '../core/model';
import { plainText } from '../core/plainText';
import type { OutputChunk } from '../core/queue';

/** One stream of a task's output, as far as it was read. */
export interface OutputSection {
  name: 'stdout' | 'stderr';
  /** In their order; bytes of the original. */
  parts: { text: string; from: number; to: number }[];
  /** Bytes of the original. */
  size: number;
  dropped: OutputChunk['dropped'];
}

/** The last `most` bytes of a stream, on both sides of those that were dropped. */
export async function readSection(
  name: OutputSection['name'],
  most: number,
  read: (offset: number, limit: number) => Promise<OutputChunk>,
): Promise<OutputSection> {
  const { size } = await read(0, 1);
  let from = Math.max(0, size - most);
  let chunk = await read(from, most);
  const parts = [{ text: chunk.text, from, to: chunk.next_offset }];
  if (chunk.dropped && chunk.next_offset === chunk.dropped.from) {
    from = chunk.dropped.to;
    chunk = await read(from, most);
    parts.push({ text: chunk.text, from, to: chunk.next_offset });
  }
  return { name, parts, size: chunk.size, dropped: chunk.dropped };
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

function bodyOf({ parts, dropped }: OutputSection): string[] {
  let shown = 0;
  return parts.flatMap(({ text, from, to }) => {
    const gaps = gapsIn(shown, from, dropped);
    shown = to;
    return [...gaps, ...(text === '' ? [] : plainText(text).replace(/\n$/, '').split('\n'))];
  });
}

/** What is said of bytes that are not shown: only those that were dropped are lost. */
function gapsIn(from: number, to: number, dropped: OutputSection['dropped']): string[] {
  const lost = dropped && dropped.from < to && dropped.to > from ? dropped : { from: to, to };
  const kept = (start: number, end: number) =>
    start < end ? [`[bytes ${start} to ${end} are not shown here]`] : [];
  return [
    ...kept(from, lost.from),
    ...(lost.from < lost.to
      ? [`[bytes ${lost.from} to ${lost.to} were not kept: the output went over its limit]`]
      : []),
    ...kept(lost.to, to),
  ];
}
