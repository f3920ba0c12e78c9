/** The transcript of an attempt as elements that are only added to: rendering the page leaves them alone. */

import type { ShownChange, TranscriptPart } from '../../taskPage/taskPageProtocol';
import type { ToolCall, TranscriptItem } from '../../taskPage/transcript';
import { linkFiles } from './fileLinks';
import { texts } from './taskPageL10n';

/** What stays on the page; the oldest is removed first. */
const mostCharacters = 4_000_000;
const mostItems = 5_000;
/** A diff of more lines is folded. */
const shortDiff = 20;

interface Shown {
  id: number;
  element: HTMLElement;
  characters: number;
  /** Of a call. */
  call?: { item: ToolCall; words: string };
}

type New = Extract<ShownChange, { kind: 'new' }>;

export class TranscriptList {
  readonly element = document.createElement('ol');
  attempt = 0;
  /** Bytes of the output before the first item. */
  from = 0;
  /** Of the whole output. */
  size = 0;
  /** Whether what came before can be asked for. */
  earlier = false;
  private shown: Shown[] = [];

  constructor(
    private readonly gapText: (bytes: number) => string,
    private readonly changed: () => void,
  ) {
    this.element.className = 'transcript';
  }

  show(part: TranscriptPart): void {
    const { attempt, place, from, size, earlier } = part;
    if (place === 'after' && attempt !== this.attempt) return;
    const same = attempt === this.attempt;
    this.attempt = attempt;
    if (place === 'all') {
      this.from = from;
      this.showAll(part.changes, same);
    } else for (const change of part.changes) this.apply(change);
    this.size = size;
    this.earlier = earlier;
    this.forget();
    this.changed();
  }

  private showAll(changes: readonly ShownChange[], same: boolean): void {
    const unfolded = new Set(same ? this.shown.filter(isUnfolded).map(({ id }) => id) : []);
    const height = this.element.offsetHeight;
    this.shown = [];
    this.element.replaceChildren();
    for (const change of changes) this.apply(change);
    for (const { id, element } of this.shown) if (unfolded.has(id)) unfold(element);
    // Keeps the reader's place.
    if (same) this.element.parentElement?.scrollBy(0, this.element.offsetHeight - height);
  }

  private apply(change: ShownChange): void {
    if (change.kind === 'new') {
      const shown: Shown = { id: change.id, element: newElement('li', classOf(change.item)), characters: 0 };
      this.fill(shown, change);
      this.shown.push(shown);
      this.element.append(shown.element);
      return;
    }
    const shown = this.find(change.id);
    if (shown === undefined) return;
    if (change.kind === 'more') this.addText(shown, change.text);
    else if (shown.call) {
      const { ok, output, diff } = change;
      const { item, words } = shown.call;
      item.state = ok ? 'ok' : 'failed';
      item.output = output;
      item.diff = diff ?? item.diff;
      this.fillCall(shown, item, words);
    }
  }

  /** What changes is near the end. */
  private find(id: number): Shown | undefined {
    return this.shown.findLast((one) => one.id === id);
  }

  private fill(shown: Shown, { item, words }: New): void {
    if (item.kind === 'message' || item.kind === 'output') this.addText(shown, item.text);
    else if (item.kind === 'call') this.fillCall(shown, item, words ?? '');
    else if (item.kind === 'gap') shown.element.textContent = this.gapText(item.to - item.from);
    else this.fillNotice(shown, item, words);
  }

  private fillNotice(shown: Shown, item: Exclude<TranscriptItem, ToolCall>, words: string | null): void {
    const { element } = shown;
    if (words !== null) {
      const line = newElement('p', 'words');
      line.textContent = words;
      element.append(line);
    }
    if ('text' in item && item.text !== null) this.addText(shown, item.text);
    if (item.kind !== 'question' || item.choices.length === 0) return;
    const choices = document.createElement('ul');
    for (const choice of item.choices) {
      const one = document.createElement('li');
      one.textContent = choice;
      choices.append(one);
    }
    element.append(choices);
  }

  private fillCall(shown: Shown, item: ToolCall, words: string): void {
    const { state, output, diff } = item;
    const { element } = shown;
    shown.call = { item, words };
    shown.characters = (output?.length ?? 0) + (diff?.length ?? 0) + item.input.length;
    element.className = `kind-call ${state}`;
    // What an edit answers that has succeeded says no more than its diff.
    const said = state === 'ok' && diff !== null ? null : output;
    const body = [...(diff === null ? [] : [diffElement(diff)]), ...(said === null ? [] : [answer(said)])];
    const head = headOf(item, words);
    if (body.length === 0) {
      const line = newElement('p', 'head');
      line.append(...head);
      element.replaceChildren(line);
      return;
    }
    const details = document.createElement('details');
    const summary = newElement('summary', 'head');
    summary.append(...head);
    details.append(summary, ...body);
    details.open = diff !== null && diff.split('\n', shortDiff + 1).length <= shortDiff;
    element.replaceChildren(details);
  }

  private addText(shown: Shown, text: string): void {
    const piece = newElement('span', 'text');
    piece.textContent = text;
    linkFiles(piece);
    shown.element.append(piece);
    shown.characters += text.length;
  }

  private forget(): void {
    let characters = this.shown.reduce((sum, one) => sum + one.characters, 0);
    let gone = 0;
    while (
      this.shown.length - gone > mostItems ||
      (characters > mostCharacters && gone < this.shown.length)
    ) {
      characters -= this.shown[gone]?.characters ?? 0;
      this.shown[gone]?.element.remove();
      gone++;
    }
    if (gone === 0) return;
    this.shown = this.shown.slice(gone);
    this.from = this.shown[0]?.id ?? this.size;
    // It would be removed again.
    this.earlier = false;
  }
}

function classOf(item: TranscriptItem): string {
  if (item.kind === 'gap') return 'gap';
  return item.kind === 'end' ? `kind-end ${item.ok ? 'ok' : 'failed'}` : `kind-${item.kind}`;
}

const marks = { open: '●', ok: '✓', failed: '✗' } as const;

function headOf({ input, state }: ToolCall, words: string): Node[] {
  const mark = newElement('span', 'mark');
  mark.textContent = marks[state];
  mark.ariaHidden = 'true';
  const name = document.createElement('b');
  name.textContent = words;
  const called = newElement('span', 'input');
  called.textContent = input;
  const word = newElement('span', 'unseen');
  word.textContent = { open: texts.callOpen, ok: texts.callOk, failed: texts.callFailed }[state];
  return [mark, name, ' ', called, ' ', word].map((one) =>
    typeof one === 'string' ? document.createTextNode(one) : one,
  );
}

function diffElement(diff: string): HTMLElement {
  const block = newElement('div', 'diff');
  for (const line of diff.replace(/\n$/, '').split('\n')) {
    const element = newElement('div', classOfLine(line));
    element.textContent = line;
    block.append(element);
  }
  linkFiles(block);
  return block;
}

function classOfLine(line: string): string {
  if (/^(?:---|\+\+\+) /.test(line) || line.startsWith('@@')) return 'line about';
  if (line.startsWith('+')) return 'line added';
  return line.startsWith('-') ? 'line removed' : 'line';
}

function answer(output: string): HTMLElement {
  const block = document.createElement('pre');
  block.textContent = output;
  linkFiles(block);
  return block;
}

function isUnfolded({ element }: Shown): boolean {
  return element.querySelector('details')?.open === true;
}

function unfold(element: HTMLElement): void {
  const details = element.querySelector('details');
  if (details) details.open = true;
}

function newElement(name: string, className: string): HTMLElement {
  const element = document.createElement(name);
  element.className = className;
  return element;
}
