/** What is pinned, as text for people: as it would stand in the file, whole or with what has changed. */

import { stringify } from 'yaml';
import type { Pins } from './pins';

/** The pins as YAML, in order of their names; empty for none. */
export function pinsText(pins: Pins): string {
  return Object.keys(pins)
    .sort()
    .map((name) => pinText(name, pins[name]))
    .join('');
}

/** What is not confirmed, line by line: `-` what was confirmed, `+` what is there now, two blanks what stays. */
export function pinsDiff(names: readonly string[], confirmed: Pins, pins: Pins): string[] {
  return names.flatMap((name) => {
    const before = Object.hasOwn(confirmed, name) ? linesOf(confirmed[name]) : [];
    const after = linesOf(pins[name]);
    const head = common(before, after);
    const rest = { before: before.slice(head), after: after.slice(head) };
    const tail = common([...rest.before].reverse(), [...rest.after].reverse());
    const marked = (sign: string, lines: readonly string[]) => lines.map((line) => `${sign}   ${line}`);
    return [
      `${before.length === 0 ? '+' : ' '} ${name}:`,
      ...marked(' ', after.slice(0, head)),
      ...marked('-', rest.before.slice(0, rest.before.length - tail)),
      ...marked('+', rest.after.slice(0, rest.after.length - tail)),
      ...marked(' ', after.slice(after.length - tail)),
    ];
  });
}

function pinText(name: string, pin: unknown): string {
  return `${name}:\n${linesOf(pin)
    .map((line) => `  ${line}\n`)
    .join('')}`;
}

function linesOf(pin: unknown): string[] {
  return stringify(pin, { lineWidth: 0 }).trimEnd().split('\n');
}

/** How many items two lists have in common at their start. */
function common(a: readonly string[], b: readonly string[]): number {
  const end = a.findIndex((item, index) => item !== b[index]);
  return end < 0 ? a.length : end;
}
