/** A transcript for a terminal, which can only be added to. Pure: the translator is passed in. */

import type { Translator } from '../../core/translator';
import type { ToolCall, TranscriptChange, TranscriptItem } from '../../pages/taskPage/transcript';
import { TranscriptWords } from './transcriptWords';

/** Lines of a diff, or of what a failed call answered. */
const mostLines = 20;
/** Calls that are remembered while they are open. */
const mostOpen = 1_000;

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };
type Style = keyof typeof codes;

export class TranscriptText {
  private readonly words: TranscriptWords;
  private readonly open = new Map<number, ToolCall>();
  /** The last item, while its last line may go on. */
  private unfinished: number | null = null;
  private atLineStart = true;
  private lastKind: TranscriptItem['kind'] | null = null;

  /** @param how `language`: that of the translator; undefined: the system's, for times */
  constructor(private readonly how: { colours: boolean; l10n: Translator; language?: string }) {
    this.words = new TranscriptWords(how.l10n, how.language);
  }

  /** What is to be written for these changes. */
  next(changes: readonly TranscriptChange[]): string {
    return changes.map((change) => this.textOf(change)).join('');
  }

  /** Something else, such as what the run has written to stderr, with the line ends before it that it needs. */
  other(text: string): string {
    if (text === '') return '';
    this.lastKind = 'output';
    const before = this.unfinished === null ? '' : this.lineEnd();
    this.atLineStart = text.endsWith('\n');
    return before + text;
  }

  /** Ends the last line; call when no more follows. */
  rest(): string {
    return this.lineEnd();
  }

  private textOf(change: TranscriptChange): string {
    switch (change.kind) {
      case 'new':
        return this.begin(change.id, change.item);
      case 'more':
        return this.more(change.id, change.text);
      case 'ended':
        return this.ended(change);
    }
  }

  private begin(id: number, item: TranscriptItem): string {
    const gap = this.gapBefore(item.kind);
    const before = this.lineEnd() + gap;
    this.lastKind = item.kind;
    const words = this.words.of(item) ?? '';
    switch (item.kind) {
      case 'message':
      case 'output':
        return before + this.unended(id, item.text);
      case 'call':
        if (item.state === 'open') {
          this.remember(id, item);
          return before + this.unended(id, this.headOf('●', 'cyan', item));
        }
        return before + this.line(this.headOf(...markOf(item.state === 'ok'), item)) + this.detailsOf(item);
      case 'denied':
        return before + this.line(this.styled('yellow', `! ${words}`));
      case 'asked':
        return before + this.line(this.styled('yellow', `? ${words}`));
      case 'limit':
        return before + this.line(this.styled('yellow', `! ${words}`));
      case 'login':
        return before + this.line(this.styled('red', item.text));
      case 'question':
        return (
          before +
          this.line(this.styled('yellow', `? ${item.text}`)) +
          item.choices.map((choice) => this.line(`  - ${choice}`)).join('')
        );
      case 'end': {
        const [mark, style] = markOf(item.ok);
        const text = item.text === null ? '' : this.line(item.text);
        return before + this.line(this.styled(style, `${mark} ${words}`)) + text;
      }
      case 'gap':
        return before + this.line(this.styled('dim', words));
    }
  }

  /** A blank line sets what the agent says off from what it does. */
  private gapBefore(kind: TranscriptItem['kind']): string {
    if (this.lastKind === null || (kind === this.lastKind && kind !== 'message')) return '';
    return kind === 'message' || this.lastKind === 'message' || kind === 'end' ? '\n' : '';
  }

  private more(id: number, text: string): string {
    // Something else has come between: it goes on in a line of its own.
    return this.unfinished === id ? this.unended(id, text) : this.lineEnd() + this.unended(id, text);
  }

  private ended({ id, ok, output, diff }: TranscriptChange & { kind: 'ended' }): string {
    const call = this.open.get(id);
    this.open.delete(id);
    if (call === undefined) return '';
    const [mark, style] = markOf(ok);
    const sameLine = this.unfinished === id;
    const head = sameLine ? ` ${this.styled(style, mark)}` : this.headOf(mark, style, call);
    const before = sameLine ? '' : this.lineEnd() + this.gapBefore('call');
    this.lastKind = 'call';
    const state = ok ? 'ok' : 'failed';
    return before + this.line(head) + this.detailsOf({ ...call, state, output, diff: diff ?? call.diff });
  }

  private headOf(mark: string, style: Style, call: ToolCall): string {
    const name = `${this.styled(style, mark)} ${this.styled('bold', this.words.of(call) ?? '')}`;
    return call.input === '' ? name : `${name} ${this.styled('dim', call.input)}`;
  }

  private detailsOf({ state, output, diff }: ToolCall): string {
    if (state === 'failed') return this.block(output, () => 'red');
    return this.block(diff, diffStyle);
  }

  private block(text: string | null, styleOf: (line: string) => Style | null): string {
    if (text === null) return '';
    const lines = text.trimEnd().split('\n');
    const shown = lines.slice(0, mostLines).map((line) => {
      const style = styleOf(line);
      return this.line(`  ${style === null ? line : this.styled(style, line)}`);
    });
    const left = lines.length - shown.length;
    if (left > 0) shown.push(this.line(`  ${this.styled('dim', this.how.l10n.t('… {0} more lines', left))}`));
    return shown.join('');
  }

  private remember(id: number, call: ToolCall): void {
    const [oldest] = this.open.keys();
    if (this.open.size >= mostOpen && oldest !== undefined) this.open.delete(oldest);
    this.open.set(id, call);
  }

  private line(text: string): string {
    this.unfinished = null;
    this.atLineStart = true;
    return `${text}\n`;
  }

  private unended(id: number, text: string): string {
    this.unfinished = id;
    this.atLineStart = text.endsWith('\n');
    return text;
  }

  private lineEnd(): string {
    const end = this.atLineStart ? '' : '\n';
    this.unfinished = null;
    this.atLineStart = true;
    return end;
  }

  private styled(style: Style, text: string): string {
    return this.how.colours ? `\x1b[${codes[style]}m${text}\x1b[0m` : text;
  }
}

function markOf(ok: boolean): [string, Style] {
  return ok ? ['✓', 'green'] : ['✗', 'red'];
}

function diffStyle(line: string): Style | null {
  if (/^(?:---|\+\+\+) /.test(line)) return 'dim';
  if (line.startsWith('+')) return 'green';
  if (line.startsWith('-')) return 'red';
  return line.startsWith('@@') ? 'cyan' : null;
}
