/** The theme's sixteen terminal colours, adjusted where they would not be readable. */

import { type Rgb, readable, rgbOf } from './contrast';

/** The names behind `--vscode-terminal-ansi`, with fallbacks for themes that do not define them. */
const colours: Readonly<Record<string, string>> = {
  Black: '#000000',
  Red: '#cd3131',
  Green: '#0dbc79',
  Yellow: '#e5e510',
  Blue: '#2472c8',
  Magenta: '#bc3fbc',
  Cyan: '#11a8cd',
  White: '#e5e5e5',
  BrightBlack: '#666666',
  BrightRed: '#f14c4c',
  BrightGreen: '#23d18b',
  BrightYellow: '#f5f543',
  BrightBlue: '#3b8eea',
  BrightMagenta: '#d670d6',
  BrightCyan: '#29b8db',
  BrightWhite: '#e5e5e5',
};

/** Sets `--ansi-red` and so on on the document, now and whenever the theme changes. */
export function followTheme(): void {
  setColours();
  new MutationObserver(setColours).observe(document.body, { attributeFilter: ['class'] });
}

function setColours(): void {
  const probe = document.createElement('div');
  probe.className = 'scroll';
  probe.hidden = true;
  document.body.append(probe);
  const shown = getComputedStyle(probe);
  const background = rgbOf(shown.backgroundColor) ?? rgbOf(getComputedStyle(document.body).backgroundColor);
  for (const [name, fallback] of Object.entries(colours)) {
    probe.style.color = `var(--vscode-terminal-ansi${name}, ${fallback})`;
    const colour = rgbOf(shown.color);
    if (colour && background) set(name, readable(colour, background));
  }
  probe.remove();
}

/** `BrightRed` becomes `--ansi-bright-red`. */
function set(name: string, colour: Rgb): void {
  const format = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  document.documentElement.style.setProperty(`--ansi${format}`, `rgb(${colour.join(', ')})`);
}
