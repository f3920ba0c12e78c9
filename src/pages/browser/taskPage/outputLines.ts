/** One output of an attempt as elements that are only appended to: rendering the page leaves them alone. */

import type { OutputPart } from '../../taskPage/taskPageProtocol';
import { Printer } from './ansi';
import { linkFiles } from './fileLinks';

/** Characters that stay on the page; the oldest are removed first, and can be loaded again. */
const mostKept = 4_000_000;
/** Characters per part. */
const fullPart = 128_000;
/** Characters after which an incomplete line is broken. */
const longestOpen = 16_000;
/** Bytes that may be missing between two parts without being dropped: a character split in two. */
const halves = 4;

interface Part {
  element: HTMLElement;
  /** Offset of its first byte. */
  from: number;
  characters: number;
}

export class OutputLines {
  readonly element = document.createElement('div');
  attempt = 0;
  /** Bytes of output in total. */
  size = 0;
  dropped: OutputPart['dropped'] = null;
  private parts: Part[] = [];
  private to = 0;
  private printer = new Printer();
  /** An incomplete line, and its element. */
  private open = '';
  private openElement: HTMLElement | undefined;

  /** @param gapText the text shown in place of dropped bytes */
  constructor(
    private readonly gapText: (bytes: number) => string,
    private readonly changed: () => void,
  ) {
    this.element.className = 'output-lines';
  }

  /** Offset of the first byte shown. */
  get from(): number {
    return this.parts[0]?.from ?? this.to;
  }

  show(part: OutputPart): void {
    if (part.place === 'all') this.clear(part);
    else if (part.attempt !== this.attempt) return;
    this.size = part.size;
    this.dropped = part.dropped;
    if (part.place === 'before') this.showBefore(part);
    else this.showAfter(part);
    this.changed();
  }

  private clear({ attempt, from }: OutputPart): void {
    this.attempt = attempt;
    this.parts = [];
    this.to = from;
    this.printer = new Printer();
    this.open = '';
    this.openElement = undefined;
    this.element.replaceChildren();
  }

  private showAfter({ text, from, to }: OutputPart): void {
    const missing = from - this.to;
    if (missing > halves) this.endLine();
    const carried = new TextEncoder().encode(this.open).length;
    const part = this.partFor(from - carried);
    if (missing > halves) part.element.append(this.gap(missing));
    this.write(part, text);
    this.to = to;
    this.forget();
  }

  /** Earlier text ends with a complete line. */
  private showBefore({ text, from, to }: OutputPart): void {
    const missing = this.from - to;
    // A part that was requested twice arrives twice.
    if (missing < 0) return;
    const part: Part = { element: newElement('part'), from, characters: text.length };
    const lines = newElement('lines');
    lines.append(new Printer().print(text.replace(/\n$/, '')));
    linkFiles(lines);
    part.element.append(lines);
    if (missing > halves) part.element.append(this.gap(missing));
    this.element.prepend(part.element);
    this.parts.unshift(part);
    // Keeps the reader's place.
    this.element.parentElement?.scrollBy(0, part.element.offsetHeight);
  }

  private write(part: Part, text: string): void {
    const all = this.open + text;
    const cut = all.length - all.lastIndexOf('\n') > longestOpen ? all.length : all.lastIndexOf('\n') + 1;
    part.characters += text.length;
    this.openElement?.remove();
    this.openElement = undefined;
    if (cut > 0) this.writeLines(part, all.slice(0, cut));
    this.open = all.slice(cut);
    if (this.open === '') return;
    this.openElement = newElement('lines');
    this.openElement.append(this.printer.preview(this.open));
    part.element.append(this.openElement);
  }

  private writeLines(part: Part, text: string): void {
    const lines = newElement('lines');
    lines.append(this.printer.print(text.replace(/\n$/, '')));
    linkFiles(lines);
    part.element.append(lines);
  }

  private endLine(): void {
    const part = this.parts.at(-1);
    if (part && this.open !== '') this.write(part, '\n');
  }

  private partFor(from: number): Part {
    const last = this.parts.at(-1);
    if (last && last.characters < fullPart) return last;
    const part = { element: newElement('part'), from, characters: 0 };
    this.element.append(part.element);
    this.parts.push(part);
    return part;
  }

  private forget(): void {
    let characters = this.parts.reduce((sum, part) => sum + part.characters, 0);
    while (characters > mostKept) {
      const oldest = this.parts.shift();
      oldest?.element.remove();
      characters -= oldest?.characters ?? characters;
    }
  }

  private gap(bytes: number): HTMLElement {
    const gap = newElement('gap');
    gap.textContent = this.gapText(bytes);
    return gap;
  }
}

function newElement(className: string): HTMLElement {
  const element = document.createElement('div');
  element.className = className;
  return element;
}
