/** Comments on changes as they are kept beyond the window. Pure. */

/** The comments on a line of a document. */
export interface KeptThread {
  taskId: string;
  /** Of the changed file, relative to the workspace. */
  path: string;
  /** The document's address. */
  document: string;
  /** From 0. */
  line: number;
  texts: string[];
}

/** Older comments are not kept. */
export const mostThreads = 200;
const longestText = 10_000;

/** What is kept of comments, given in the order in which they were begun. */
export function toKeep(threads: readonly KeptThread[]): KeptThread[] {
  return threads
    .slice(-mostThreads)
    .map((thread) => ({ ...thread, texts: thread.texts.map((text) => text.slice(0, longestText)) }));
}

/** What was kept, without what is none: another version may have written it. */
export function keptIn(value: unknown): KeptThread[] {
  return Array.isArray(value) ? value.filter(isThread) : [];
}

function isThread(value: unknown): value is KeptThread {
  if (typeof value !== 'object' || value === null) return false;
  const { taskId, path, document, line, texts } = value as Partial<Record<keyof KeptThread, unknown>>;
  return (
    [taskId, path].every((text) => typeof text === 'string') &&
    URL.canParse(String(document)) &&
    Number.isInteger(line) &&
    Array.isArray(texts) &&
    texts.length > 0 &&
    texts.every((text) => typeof text === 'string')
  );
}
