/** Text with terminal colours as elements. Nothing in it is read as HTML, and no style is written inline. */

import { AnsiUp } from 'ansi_up';

/** Draws one text after the other; colours last until they are changed. */
export class Printer {
  private ansi = newAnsi();

  /** Draws lines that have ended. */
  print(text: string): DocumentFragment {
    return fragmentOf(this.ansi.ansi_to_html(redrawn(printable(text))));
  }

  /** Draws what stands there so far of a line that goes on; it is drawn anew when more of it is known. */
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
  // The policy refuses style attributes of markup, not what a script sets. Text holds no bare `<` or `"`.
  template.innerHTML = html.replaceAll('<span style="', '<span data-style="');
  for (const span of template.content.querySelectorAll<HTMLElement>('[data-style]')) {
    span.style.cssText = span.dataset.style ?? '';
    span.removeAttribute('data-style');
  }
  return template.content;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is shown as pictures
const invisible = /[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f]/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const colours = /\u001b\[[\d;]*m/g;

/** Control characters that mean nothing here as the pictures that Unicode has of them. */
function printable(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(invisible, (character) => String.fromCharCode(0x2400 + character.charCodeAt(0)));
}

/** Of a line that was drawn again after each carriage return what was drawn last, in the colours set till then. */
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
