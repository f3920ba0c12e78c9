/** Renders text with terminal colours as elements. The text is never parsed as HTML, and no style is written inline. */

import { AnsiUp } from 'ansi_up';

/** Renders one text after another; colours carry over until they change. */
export class Printer {
  private ansi = newAnsi();

  /** Renders complete lines. */
  print(text: string): DocumentFragment {
    return fragmentOf(this.ansi.ansi_to_html(redrawn(printable(text))));
  }

  /** Renders an incomplete line without advancing: it is rendered again when more of it arrives. */
  preview(text: string): DocumentFragment {
    const copy = Object.assign(newAnsi(), this.ansi);
    return fragmentOf(copy.ansi_to_html(redrawn(printable(text))));
  }
}

function newAnsi(): AnsiUp {
  const ansi = new AnsiUp();
  ansi.use_classes = true;
  return ansi;
}

function fragmentOf(html: string): DocumentFragment {
  const template = document.createElement('template');
  // The policy blocks style attributes in markup, but not styles set by a script. Text contains no bare `<` or `"`.
  template.innerHTML = html.replaceAll('<span style="', '<span data-style="');
  for (const span of template.content.querySelectorAll<HTMLElement>('[data-style]')) {
    span.style.cssText = span.dataset.style ?? '';
    span.removeAttribute('data-style');
  }
  return template.content;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these control characters are replaced by their symbols
const invisible = /[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const colours = /\u001b\[[\d;]*m/g;

/** Replaces control characters that have no meaning here with their Unicode symbols. */
function printable(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(invisible, (character) => String.fromCharCode(0x2400 + character.charCodeAt(0)));
}

/** Keeps what follows the last carriage return of each line, in the colours set before it. */
function redrawn(text: string): string {
  if (!text.includes('\r')) return text;
  return text
    .split('\n')
    .map((line) => {
      const drawings = line.replace(/\r+$/, '').split('\r');
      const last = drawings.pop() ?? '';
      return drawings.flatMap((drawing) => drawing.match(colours) ?? []).join('') + last;
    })
    .join('\n');
}
