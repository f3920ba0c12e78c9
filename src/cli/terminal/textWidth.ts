/** How many cells of a terminal a text takes: letters of East Asia and emoji take two. Pure. */

const wide =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const none = /[\p{Mn}\p{Me}\p{Cf}]/u;

export function cellsOf(text: string): number {
  let cells = 0;
  for (const character of text) cells += cellsOfOne(character);
  return cells;
}

function cellsOfOne(character: string): number {
  if (character < '\u0300') return 1;
  return none.test(character) ? 0 : wide.test(character) ? 2 : 1;
}

/** The text in exactly `cells` cells: padded with blanks, or cut. */
export function fitted(text: string, cells: number): string {
  const cut = cutToWidth(text, cells);
  return cut + ' '.repeat(cells - cellsOf(cut));
}

/** The text, or as much of it as fits into `cells` cells with `…` after it. */
export function cutToWidth(text: string, cells: number): string {
  if (cellsOf(text) <= cells) return text;
  if (cells < 1) return '';
  let kept = '';
  let room = cells - 1;
  for (const character of text) {
    room -= cellsOfOne(character);
    if (room < 0) break;
    kept += character;
  }
  return `${kept}…`;
}
