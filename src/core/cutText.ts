/** Shortening text for people: never in the middle of a character. */

/** No visible character that somebody means is longer than this; what is, may be cut. */
const longestCharacter = 64;
/** Created when it is needed: that takes some 20 ms, which no start should wait for. */
let characters: Intl.Segmenter | undefined;

/**
 * The first `length` UTF-16 units of a text, or a few fewer: a character of several units, such as an emoji, a flag or
 * a letter with its accent, is kept whole or left out.
 */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const start = Math.max(0, length - longestCharacter);
  const near = text.slice(start, length + longestCharacter);
  characters ??= new Intl.Segmenter();
  const at = characters.segment(near).containing(length - start);
  if (at !== undefined && at.segment.length < longestCharacter) return text.slice(0, start + at.index);
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** The text, or as much of it as fits into `length` with `more` after it. */
export function shortened(text: string, length: number, more = '…'): string {
  return text.length > length ? `${cutText(text, length - more.length)}${more}` : text;
}
