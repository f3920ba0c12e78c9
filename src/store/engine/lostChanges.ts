/** Acknowledged changes that are missing from the files: what the markers say of it, and accepting the loss. */

import path from 'node:path';
import { QueueError } from '../../core/errors';
import type { Log } from '../../core/log';
import { comparePositions, journalName, markerName, sortNames } from './fileNames';
import { type Files, nodeFiles, unlinkIfPresent } from './files';
import { readFrames } from './frames';
import { type Mark, newestMark } from './marker';
import { type Recovered, recover } from './recovery';
import { setFileAside } from './setAside';
import { loadSqlJs } from './sqlite';

/**
 * A file is missing or cut off, and acknowledged changes with it. The store does not open until the file is back, a
 * backup is restored, or a person accepts the loss. Its details have the file, and `lost_changes`, the least number.
 */
export class LostChangesError extends QueueError {
  constructor(
    /** The file that had them. */
    readonly file: string,
    what: string,
    readonly lostChanges: number,
    offset: number,
  ) {
    super(
      'storage_failed',
      `${what}: at least ${lostChanges} acknowledged ${lostChanges === 1 ? 'change is' : 'changes are'} lost.`,
      'Nothing was changed. Put the file back as it was, or restore a backup with `sparkq restore FILE`. ' +
        'To go on without these changes, accept the loss: `sparkq doctor --accept-loss`.',
      { file, offset, lost_changes: lostChanges },
    );
  }
}

/** What is missing from the files, of which `recovered` is everything; undefined if nothing that is known of. */
export async function findLoss(
  files: Files,
  folder: string,
  { snapshot, sequence }: Pick<Recovered, 'snapshot' | 'sequence'>,
): Promise<LostChangesError | undefined> {
  const names = sortNames(await files.readFolder(folder));
  const mark = await newestMark(files, folder, names.markers);
  if (mark === undefined) return undefined;
  if (snapshot === null) {
    const what = `The queue's snapshot is missing from ${folder}, and no journal is there either`;
    return new LostChangesError(path.join(folder, journalName(mark.position)), what, mark.sequence, 0);
  }
  // A later snapshot holds all that came before it. Its sequence may be lower: that of a backup which was restored.
  if (comparePositions(snapshot.position, mark.position) > 0 || sequence >= mark.sequence) return undefined;
  return lossOf(files, folder, mark, mark.sequence - sequence);
}

async function lossOf(files: Files, folder: string, mark: Mark, lost: number): Promise<LostChangesError> {
  const file = path.join(folder, journalName(mark.position));
  if ((await files.stat(file)) === undefined) {
    return new LostChangesError(file, `The queue's file ${file} is missing`, lost, 0);
  }
  const bytes = Buffer.from(await files.readFile(file));
  const { end } = readFrames(bytes, mark.position.generation);
  const what = `The queue's file ${file} is cut off or damaged at byte ${end}, and had ${mark.bytes}`;
  return new LostChangesError(file, what, lost, end);
}

export interface AcceptLossOptions {
  /** The storage folder, whose lock the caller holds. */
  storage: string;
  /** The folder with `sql-wasm.wasm`. */
  programs: string;
  /** The newest schema that this program supports. */
  newestSchema: number;
  log: Log;
  files?: Files;
}

export interface AcceptedLoss {
  file: string;
  /** At least. */
  lost_changes: number;
  /** The copy of what was left of the file; null if it was missing. */
  kept: string | null;
}

/**
 * Lets the queue open without the changes that are missing: its markers are put aside. Resolves with what was lost;
 * null, having changed nothing, if no loss is known.
 * @throws DamagedFileError if the files are damaged otherwise; QueueError `upgrade_required` for those of a newer program
 */
export async function acceptLoss(options: AcceptLossOptions): Promise<AcceptedLoss | null> {
  const { storage, programs, newestSchema, log, files = nodeFiles } = options;
  const sqlJs = await loadSqlJs(programs);
  const { sqlite, ...recovered } = await recover({ sqlJs, files, folder: storage, newestSchema });
  sqlite.close();
  const loss = await findLoss(files, storage, recovered);
  if (loss === undefined) return null;
  const { file, lostChanges } = loss;
  const kept = (await setFileAside(files, log, file)) ?? null;
  for (const position of sortNames(await files.readFolder(storage)).markers) {
    const marker = path.join(storage, markerName(position));
    await setFileAside(files, log, marker);
    await unlinkIfPresent(files, marker);
  }
  await files.syncFolder(storage);
  log.warn(`The loss was accepted: ${loss.message}`);
  return { file, lost_changes: lostChanges, kept };
}
