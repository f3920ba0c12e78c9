/** What a change does to a text, as lines for people. Pure. */

/** How many lines are shown before and after what changes. */
const around = 3;

/** `-` what goes, `+` what comes, two blanks what stays around it; nothing where nothing changes. */
export function changeLines(before: string, after: string): string[] {
  const [old, now] = [linesOf(before), linesOf(after)];
  const head = commonStart(old, now);
  const tail = commonStart(old.slice(head).reverse(), now.slice(head).reverse());
  const gone = old.slice(head, old.length - tail);
  const come = now.slice(head, now.length - tail);
  if (gone.length + come.length === 0) return [];
  return [
    ...marked(' ', old.slice(Math.max(0, head - around), head)),
    ...marked('-', gone),
    ...marked('+', come),
    ...marked(' ', old.slice(old.length - tail).slice(0, around)),
  ];
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function marked(sign: string, lines: readonly string[]): string[] {
  return lines.map((line) => `${sign} ${line}`);
}

/** How many items two lists, or units of two texts, have in common at their start. */
export function commonStart<T>(a: ArrayLike<T>, b: ArrayLike<T>): number {
  const shorter = Math.min(a.length, b.length);
  let length = 0;
  while (length < shorter && a[length] === b[length]) length += 1;
  return length;
}
