/** What changed in git since a task was claimed. Pure: git is passed in. */

import { fromInstant } from '../../core/clock';
import { gitStoryOf } from '../../core/gitStory';
import type { Attempt, GitFacts, Task } from '../../core/model';
import type { Translator } from '../../core/translator';
import type { ChangedFile, ChangesView } from '../../pages/taskPage/taskPageProtocol';
import type { GitChange } from '../../runner/git/gitChanges';

export interface GitSource {
  changesBetween(from: string, to: string | null): Promise<GitChange[] | null>;
  untrackedSince(since: number): Promise<GitChange[]>;
}

/** The commits that are compared. */
export interface ComparedCommits {
  from: string;
  /** Null: the working tree. */
  to: string | null;
}

export interface ChangesFacts {
  task: Task;
  attempts: readonly Attempt[];
  /** Whose changes are read. */
  attempt: number;
  /** The state of git now; undefined if it may not be asked or does not answer. */
  now: GitFacts | undefined;
  trusted: boolean;
}

/** The page lists at most this many files. */
const mostFiles = 200;

/** What the page shows, and which commits its links compare. */
export async function readChanges(
  facts: ChangesFacts,
  source: GitSource,
  l10n: Translator,
): Promise<{ view: ChangesView; compared: ComparedCommits | null }> {
  const { task, attempts, attempt, now, trusted } = facts;
  const story = gitStoryOf(task, attempts, now, attempt, l10n);
  const nothing = (detail: string) => ({ view: { story, detail, files: [], more: 0 }, compared: null });
  const run = attempts.find(({ number }) => number === attempt);
  if (!trusted) return nothing(l10n.t('Git changes are not available until you trust this workspace.'));
  if (!run) return nothing(l10n.t('Nobody has started it yet.'));
  if (!run.git) return nothing(l10n.t('The git state at the time of the claim is unknown.'));
  const compared = commitsOf(run, run.git, now);
  const changes = await source.changesBetween(compared.from, compared.to);
  if (changes === null) {
    return nothing(l10n.t('Git did not respond, or {0} no longer exists.', compared.from.slice(0, 7)));
  }
  const untracked = compared.to === null ? await source.untrackedSince(fromInstant(run.started_at)) : [];
  const files = [...changes, ...untracked];
  const listed = files.slice(0, mostFiles).map((file) => ({ ...file, word: wordOf(file.status, l10n) }));
  const detail = [
    comparison(compared, l10n),
    files.length === 0 && l10n.t('No files changed.'),
    files.length > 0 && changedBefore(run.git, l10n),
  ];
  return {
    view: {
      story,
      detail: detail.filter(Boolean).join(' '),
      files: listed,
      more: files.length - listed.length,
    },
    compared,
  };
}

/** Commits after the task's end are not the task's. Until there is one, the working tree shows the most. */
function commitsOf(run: Attempt, claimed: GitFacts, now: GitFacts | undefined): ComparedCommits {
  const ended = run.finished_at === null ? null : run.git_ended;
  const moved = ended !== null && now?.commit !== ended.commit;
  return { from: claimed.commit, to: moved ? ended.commit : null };
}

function comparison({ from, to }: ComparedCommits, l10n: Translator): string {
  const start = from.slice(0, 7);
  return to === null
    ? l10n.t('From {0}, where it was claimed, to the current files.', start)
    : l10n.t(
        'From {0} to {1}, where it ended. Changes that were not committed by then are not listed.',
        start,
        to.slice(0, 7),
      );
}

function changedBefore({ dirty }: GitFacts, l10n: Translator): string | false {
  if (dirty === null)
    return l10n.t('Whether some of these files had already been changed before is unknown.');
  return dirty && l10n.t('Some of these files had already been changed before.');
}

function wordOf(status: ChangedFile['status'], l10n: Translator): string {
  switch (status) {
    case 'added':
      return l10n.t('added');
    case 'modified':
      return l10n.t('modified');
    case 'deleted':
      return l10n.t('deleted');
    case 'renamed':
      return l10n.t('renamed');
    case 'untracked':
      return l10n.t('untracked');
  }
}
