/** What a person is to know of where a run worked: made where it is found out, and as sentences. */

import type { RunNote, RunNoteCode } from '../../core/model';
import type { Translator } from '../../core/translator';
import type { LeftOut } from './snapshot';

/** The sentence of each note, and which of its values stand in for `{0}` and `{1}`. */
const sentences: Readonly<
  Record<RunNoteCode, readonly [sentence: string, ...values: (keyof RunNote['values'])[]]>
> = {
  uncommitted: [
    'The workspace had changes that were not committed, which this run did not see (files: {0}, such as {1}). With "worktree_base: working", the tool begins with them.',
    'files',
    'path',
  ],
  not_carried: [
    'Not carried over into the worktree, being too large, unreadable or repositories of their own (files: {0}, such as {1}).',
    'files',
    'path',
  ],
  undo_slow: [
    'This run cannot be undone: the repository is too large for git to look at it in {0} ms before the start.',
    'limit',
  ],
  undo_failed: [
    'This run cannot be undone, because what lay in the folder before it was not kept: {0}',
    'problem',
  ],
  large: ['Too large to be kept (files: {0}, such as {1}).', 'files', 'path'],
  repository: ['Repositories in the repository are not kept (folders: {0}, such as {1}).', 'files', 'path'],
  unreadable: ['Not readable, so not kept (files: {0}, such as {1}).', 'files', 'path'],
};

/** All that is said, in English, with `{0}` for what varies. */
export const runNoteSentences: readonly string[] = Object.values(sentences).map(([sentence]) => sentence);

/** In the reader's language; null for one that only a newer program knows. */
export function runNoteText({ code, values }: RunNote, language: Translator): string | null {
  if (!Object.hasOwn(sentences, code)) return null;
  const [sentence, ...names] = sentences[code];
  return language.t(sentence, ...names.map((name) => values[name] ?? ''));
}

/** One note for all of these files; none where there are none. */
export function noteOfFiles(code: RunNoteCode, [path, ...others]: readonly string[]): RunNote[] {
  return path === undefined ? [] : [{ code, values: { files: others.length + 1, path } }];
}

/** One note for each cause. */
export function notesOfLeftOut(leftOut: readonly LeftOut[]): RunNote[] {
  const causes = new Set(leftOut.map(({ code }) => code));
  return [...causes].flatMap((cause) =>
    noteOfFiles(
      cause,
      leftOut.filter(({ code }) => code === cause).map(({ path }) => path),
    ),
  );
}
