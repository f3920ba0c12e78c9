/** The text of an output document. Pure, so that it can be tested without an editor. */

import type { TaskDetail } from '../../core/model';
import { plainText } from '../../core/plainText';
import type { OutputChunk, OutputName } from '../../core/queue';
import type { Translator } from '../../core/translator';
import { errorOf, Labels } from '../shared/labels';

/** One stream of a task's output, as far as it was read. */
export interface OutputSection {
  name: OutputName;
  /** In their order; bytes of the original. */
  parts: { text: string; from: number; to: number }[];
  /** Bytes of the original. */
  size: number;
  dropped: OutputChunk['dropped'];
}

/** The last `most` bytes of a stream, and as many before a gap of dropped ones. */
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
 * A task's outcome and output, with a section for each stream that is not empty.
 * @param git which commit it ran on
 */
export function layOutOutput(
  task: TaskDetail,
  attempt: number,
  outputs: readonly OutputSection[],
  git: string | null,
  l10n: Translator,
): OutputText {
  const lines = headingOf(task, attempt, git, l10n);
  const sections: LineRange[] = [];
  const spoken = outputs.filter((output) => output.size > 0);
  for (const output of spoken) {
    lines.push('');
    const start = lines.length;
    const name = output.name === 'check' ? l10n.t('check') : output.name;
    lines.push(`── ${l10n.t('{0} ({1} bytes)', name, output.size)} ──`);
    lines.push(...bodyOf(output, l10n));
    sections.push({ start, end: lines.length - 1 });
  }
  if (spoken.length === 0) {
    lines.push('', task.status === 'running' ? l10n.t('No output yet.') : l10n.t('No output.'));
  }
  return { text: `${lines.join('\n')}\n`, sections };
}

function headingOf(task: TaskDetail, attempt: number, git: string | null, l10n: Translator): string[] {
  const facts: [string, string | null][] = [
    [l10n.t('State'), new Labels(l10n).stateOf(task)],
    [l10n.t('Attempt'), String(attempt)],
    [l10n.t('Summary'), task.result_summary && firstLine(task.result_summary)],
    [l10n.t('Error'), firstLine(errorOf(task) ?? '')],
    [l10n.t('Git'), git],
  ];
  const width = Math.max(...facts.map(([name]) => name.length)) + 3;
  const known = facts.filter(([, value]) => value);
  return [
    `${task.label ?? task.tool_name} (${task.id})`,
    ...known.map(([name, value]) => `${`${name}:`.padEnd(width)}${value}`),
  ];
}

const firstLine = (text: string) => text.trim().split('\n', 1)[0] ?? '';

function bodyOf({ parts, dropped }: OutputSection, l10n: Translator): string[] {
  let shown = 0;
  return parts.flatMap(({ text, from, to }) => {
    const gaps = gapsIn(shown, from, dropped, l10n);
    shown = to;
    return [...gaps, ...(text === '' ? [] : plainText(text).replace(/\n$/, '').split('\n'))];
  });
}

/** The notes on bytes that are not shown; only dropped bytes are lost. */
function gapsIn(from: number, to: number, dropped: OutputSection['dropped'], l10n: Translator): string[] {
  const lost = dropped && dropped.from < to && dropped.to > from ? dropped : { from: to, to };
  const kept = (start: number, end: number) =>
    start < end ? [l10n.t('[bytes {0} to {1} are not shown here]', start, end)] : [];
  return [
    ...kept(from, lost.from),
    ...(lost.from < lost.to
      ? [l10n.t('[bytes {0} to {1} were dropped because the output exceeded its limit]', lost.from, lost.to)]
      : []),
    ...kept(lost.to, to),
  ];
}
