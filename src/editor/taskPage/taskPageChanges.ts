/** What an attempt changed in git. Pure: git is passed in. */

import { gitStoryOf } from '../../core/gitStory';
import type { Attempt, FileChange, GitChanges, GitFacts, RunNote, Task } from '../../core/model';
import type { Translator } from '../../core/translator';
import type { ChangedFile, ChangesView } from '../../pages/taskPage/taskPageProtocol';
import { claimBaseline } from '../../runner/git/attemptGit';
import { type Baseline, mostFiles } from '../../runner/git/worktree';
import { runNoteText } from '../../runner/worktrees/runNotes';

export interface GitSource {
  /** What was recorded before the run, while it lasts. */
  baseline(): Baseline | null;
  changesBetween(from: string, to: string): Promise<GitChanges | null>;
  changesSince(baseline: Baseline): Promise<GitChanges | null>;
  /** What is known of the run's place at its start. */
  notes(): readonly RunNote[];
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

/** What the page shows, and what its links open. */
export interface ShownChanges {
  view: Omit<ChangesView, 'comments' | 'ways'>;
  changes: GitChanges | null;
  /** Whether they are compared with the current files. */
  live: boolean;
}

/** @param language of the numbers: an IETF tag, that of the translator */
export async function readChanges(
  facts: ChangesFacts,
  source: GitSource,
  l10n: Translator,
  language = 'en',
): Promise<ShownChanges> {
  const { task, attempts, attempt, now, trusted } = facts;
  const story = gitStoryOf(task, attempts, now, attempt, l10n);
  const most = mostFiles.toLocaleString(language);
  const run = attempts.find(({ number }) => number === attempt);
  const known = run?.finished_at === null ? source.notes() : (run?.git_ended?.notes ?? []);
  const notes = known.flatMap((note) => runNoteText(note, l10n) ?? []);
  const nothing = (detail: string): ShownChanges => ({
    view: { story, detail, notes, files: [], more: 0 },
    changes: null,
    live: false,
  });
  if (!trusted) return nothing(l10n.t('Git changes are not available until you trust this workspace.'));
  if (!run) return nothing(l10n.t('Nobody has started it yet.'));
  if (!run.git) return nothing(l10n.t('The git state at the time of the claim is unknown.'));
  const found = await (run.finished_at === null
    ? changesSoFar(run, source, l10n, most)
    : changesAtEnd(run, run.git, source, l10n, most));
  if (typeof found === 'string') return nothing(found);
  const { changes, compared, live } = found;
  const detail = [
    compared,
    changes.files.length === 0 && changes.more === 0 && l10n.t('No files changed.'),
    changes.files.length > 0 && changes.since === 'claim' && changedBefore(run.git, l10n),
  ];
  return {
    view: {
      story,
      detail: detail.filter(Boolean).join(' '),
      notes,
      files: changes.files.map((file) => shownFile(file, l10n)),
      more: changes.more,
    },
    changes,
    live,
  };
}

interface Found {
  changes: GitChanges;
  /** What was compared, in a sentence. */
  compared: string;
  live: boolean;
}

/** A string says why there is nothing to show. */
async function changesSoFar(
  run: Attempt,
  source: GitSource,
  l10n: Translator,
  most: string,
): Promise<Found | string> {
  const baseline = source.baseline() ?? claimBaseline(run);
  const changes = baseline && (await source.changesSince(baseline));
  if (!baseline || !changes) {
    return l10n.t(
      'Git did not respond, {0} no longer exists, or more than {1} files differ from it.',
      baseline?.commit.slice(0, 7) ?? '',
      most,
    );
  }
  const start = changes.commit.slice(0, 7);
  const compared =
    changes.since === 'start'
      ? l10n.t('From the start of this run, at {0}, to the current files.', start)
      : l10n.t('From {0}, where it was claimed, to the current files.', start);
  return { changes, compared, live: true };
}

/** What later tasks change is not this one's: only what was recorded at the end counts, or else was committed by then. */
async function changesAtEnd(
  { git_ended: ended }: Attempt,
  claimed: GitFacts,
  source: GitSource,
  l10n: Translator,
  most: string,
): Promise<Found | string> {
  if (ended?.changes) {
    const { changes } = ended;
    const start = changes.commit.slice(0, 7);
    const compared =
      changes.since === 'start'
        ? l10n.t('From the start of this run, at {0}, to its end, whoever changed them meanwhile.', start)
        : l10n.t('From {0}, where it was claimed, to its end, whoever changed them meanwhile.', start);
    return { changes, compared, live: false };
  }
  if (!ended || ended.commit === claimed.commit) {
    return l10n.t(
      'The files it changed were not recorded at its end: its worker did not report them, git did not respond, or more than {0} files differed.',
      most,
    );
  }
  const changes = await source.changesBetween(claimed.commit, ended.commit);
  const [from, to] = [claimed, ended].map(({ commit }) => commit.slice(0, 7)) as [string, string];
  if (changes === null) return l10n.t('Git did not respond, or {0} no longer exists.', from);
  const compared = l10n.t(
    'From {0} to {1}, where it ended. Changes that were not committed by then are not listed.',
    from,
    to,
  );
  return { changes, compared, live: false };
}

function shownFile({ path, before, status }: FileChange, l10n: Translator): ChangedFile {
  return { path, before, status, word: wordOf(status, l10n) };
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
