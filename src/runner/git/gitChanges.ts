/** The files that differ in git between two moments. Paths are relative to the folder that is asked about, with `/`. */

import { type FileChange, type GitChanges, mostChanges } from '../../core/model';
import { isInnerPath } from '../../core/validation';
import { askGit, type NamedPrograms, openGit } from './git';
import {
  type Baseline,
  type FileState,
  type Files,
  isCommit,
  parseRawDiff,
  rawDiff,
  readContents,
  readFiles,
} from './worktree';

/**
 * What differs in `folder` between two commits; null where git cannot tell.
 * @param from the older one
 */
export async function changesBetween(folder: string, from: string, to: string): Promise<GitChanges | null> {
  if (![from, to].every(isCommit)) return null;
  const answer = await askGit(folder, [...rawDiff, from, to, '--']);
  if (answer === null) return null;
  return changesOf({ commit: from, files: [], since: null }, parseRawDiff(answer), ({ now }) => now !== null);
}

/**
 * What has changed in `folder` since then; null where git cannot tell, or too many files differ. Without its filter, a
 * file that was rewritten with the same content may count as modified.
 * @param programs where they have been read already
 */
export async function changesSince(
  folder: string,
  baseline: Baseline,
  programs?: NamedPrograms,
): Promise<GitChanges | null> {
  const ask = isCommit(baseline.commit) ? await openGit(folder, programs) : null;
  const files = ask && (await readFiles(ask, folder, baseline.commit));
  if (!ask || !files) return null;
  const { since } = baseline;
  if (since !== null) {
    for (const [name, { tracked, stat }] of files) {
      if (!tracked && (stat?.[1] ?? 0) < since) files.delete(name);
    }
  }
  const before = new Map(baseline.files);
  await readContents(
    ask,
    folder,
    [...files].filter(([name, { stat }]) => !isSameStat(before.get(name)?.stat, stat)),
  );
  return changesOf(baseline, files);
}

/**
 * Compares two states, each given as what differs from the same commit. Pure.
 * @param exists whether a file is there in the second state
 */
export function changesOf(
  baseline: Baseline,
  files: Files,
  exists = ({ stat }: FileState): boolean => stat !== null,
): GitChanges {
  const before = new Map(baseline.files);
  const changes = new Map<string, FileChange>();
  for (const path of new Set([...before.keys(), ...files.keys()])) {
    const [old, now] = [before.get(path), files.get(path)];
    if (old && now && isSame(old, now)) continue;
    const change = changeOf(path, old, now, exists);
    if (change) changes.set(path, change);
  }
  joinRenamed(changes, files);
  const all = [...changes.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  // Others would be taken for something outside the folder on another system.
  const listed = all.filter(({ path }) => isInnerPath(path)).slice(0, mostChanges);
  return {
    commit: baseline.commit,
    since: baseline.since === null ? 'start' : 'claim',
    files: listed,
    more: all.length - listed.length,
  };
}

/** A file that is missing from a state is as it is in the commit. */
function changeOf(
  path: string,
  old: FileState | undefined,
  now: FileState | undefined,
  exists: (state: FileState) => boolean,
): FileChange | null {
  const base = (old ?? now)?.base ?? null;
  const wasThere = old ? old.stat !== null : base !== null;
  const isThere = now ? exists(now) : base !== null;
  if (!wasThere && !isThere) return null;
  // Only taken out of the index.
  if (!old && now?.tracked === false && base !== null && now.now === base) return null;
  const ids = { from: old ? old.now : base, to: now ? now.now : base };
  if (wasThere && isThere) return { path, before: null, status: 'modified', ...ids };
  if (wasThere) return { path, before: null, status: 'deleted', ...ids };
  return { path, before: null, status: now?.tracked === false ? 'untracked' : 'added', ...ids };
}

/** Makes one of a file that is gone and the new one that git takes for it. */
function joinRenamed(changes: Map<string, FileChange>, files: Files): void {
  for (const [path, { before }] of files) {
    const [added, gone] = [changes.get(path), before === undefined ? undefined : changes.get(before)];
    if (before === undefined || added?.status !== 'added' || gone?.status !== 'deleted') continue;
    changes.set(path, { ...added, before, status: 'renamed', from: gone.from });
    changes.delete(before);
  }
}

function isSame(old: FileState, now: FileState): boolean {
  if (isSameStat(old.stat, now.stat)) return true;
  return old.stat !== null && now.stat !== null && old.now !== null && old.now === now.now;
}

function isSameStat(old: FileState['stat'] | undefined, now: FileState['stat']): boolean {
  if (!old || !now) return old === now;
  return old.every((value, index) => value === now[index]);
}

/** The content of a file in a commit; null where git cannot tell. */
export async function fileAt(folder: string, commit: string, name: string): Promise<string | null> {
  if (!isCommit(commit)) return null;
  return askGit(folder, ['cat-file', 'blob', `${commit}:./${name}`]);
}

/** The content with this id; null where git has none. */
export async function contentOf(folder: string, id: string): Promise<string | null> {
  return isCommit(id) ? askGit(folder, ['cat-file', 'blob', id]) : null;
}

/** Whether git has the content with this id. */
export async function hasContent(folder: string, id: string): Promise<boolean> {
  return isCommit(id) && (await askGit(folder, ['cat-file', '-t', id]))?.trim() === 'blob';
}

/** Git's id of the content that a file has now; null where there is no file, or it cannot be told. */
export async function idOfFile(folder: string, name: string): Promise<string | null> {
  const ask = await openGit(folder);
  if (ask === null) return null;
  const state: FileState = { base: null, now: null, stat: [0], tracked: false };
  await readContents(ask, folder, [[name, state]]);
  return state.now;
}
