/** The note of comments on what a run changed. Pure. */

/** A comment on a line of a file. */
export interface LineComment {
  /** Relative to the workspace. */
  path: string;
  /** From 1. */
  line: number;
  text: string;
}

/** One note for the next run: what else is to be said, then each comment with its place, by file and line. */
export function noteOfComments(text: string, comments: readonly LineComment[]): string {
  const sorted = [...comments].sort((a, b) => a.path.localeCompare(b.path) || a.line - b.line);
  const places = sorted.map(({ path, line, text: comment }) => `${path}:${line}: ${comment.trim()}`);
  return [text.trim(), ...places].filter(Boolean).join('\n');
}
