/** A change of the text of a file that people write. Pure. */

/** Replaces what is between two offsets. */
export interface TextChange {
  start: number;
  end: number;
  content: string;
}

export function changedText(text: string, { start, end, content }: TextChange): string {
  return text.slice(0, start) + content + text.slice(end);
}

export function lineEndOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}
