/**
 * Building snapshots and backups. This needs only the files of the folder, so it can run on another thread.
 */

import path from 'node:path';
import type initSqlJs from 'sql.js';
import { QueueError } from '../../core/errors';
import { attachFiles } from './attachedFiles';
import type { FilesToAttach } from './database';
import {
  comparePositions,
  journalName,
  markerName,
  type StorePosition,
  snapshotName,
  sortNames,
} from './fileNames';
import { type Files, unlinkIfPresent, writeFileDurably } from './files';
import { newestMark } from './marker';
import { recover } from './recovery';
import { encodeSnapshot } from './snapshotFile';
import { Sqlite } from './sqlite';

/** Writes `sqlite` as the snapshot at `position`; resolves with the image's size in bytes once it is on disk. */
export async function writeSnapshot(
  files: Files,
  folder: string,
  position: StorePosition,
  sqlite: Sqlite,
  sequence: number,
): Promise<number> {
  const image = sqlite.image();
  await writeFileDurably(files, path.join(folder, snapshotName(position)), encodeSnapshot(image, sequence));
  return image.length;
}

/**
 * Removes what recovery no longer needs: the files before `position`, whose snapshot is on disk, and partial ones. The
 * newest marker stays until the next one is written: it shows that a snapshot without a journal was there.
 */
export async function removeOldFiles(files: Files, folder: string, position: StorePosition): Promise<void> {
  const { snapshots, journals, markers, litter } = sortNames(await files.readFolder(folder));
  const mark = await newestMark(files, folder, markers);
  const old = [
    ...journals.filter((one) => comparePositions(one, position) < 0).map(journalName),
    ...snapshots.filter((one) => comparePositions(one, position) < 0).map(snapshotName),
    ...(mark ? markers.filter((one) => comparePositions(one, mark.position) < 0).map(markerName) : []),
    ...litter,
  ];
  for (const name of old) await unlinkIfPresent(files, path.join(folder, name));
}

export interface SnapshotOrder {
  folder: string;
  /** The snapshot holds the state after the frame with this number. */
  sequence: number;
  /** The position of the snapshot, or the path of a plain SQLite file, which is read back and checked. */
  target: StorePosition | string;
  /** What such a file takes along. */
  attach?: FilesToAttach;
}

/** Carries out `order` from the files of its folder, whose journals may be growing; resolves with the size. */
export async function buildSnapshot(
  sqlJs: initSqlJs.SqlJsStatic,
  files: Files,
  order: SnapshotOrder,
): Promise<number> {
  const { folder, sequence, target, attach } = order;
  const { sqlite } = await recover({ sqlJs, files, folder, upTo: sequence });
  try {
    sqlite.compact();
    if (typeof target !== 'string') return await writeSnapshot(files, folder, target, sqlite, sequence);
    if (attach !== undefined) attachFiles(sqlite, attach);
    const image = sqlite.image();
    await writeFileDurably(files, target, [image], async (written) =>
      checkImage(sqlJs, await files.readFile(written), target),
    );
    return image.length;
  } finally {
    sqlite.close();
  }
}

function checkImage(sqlJs: initSqlJs.SqlJsStatic, image: Uint8Array, file: string): void {
  const sqlite = Sqlite.openInPlace(sqlJs, image);
  try {
    const verdict = sqlite.check();
    if (verdict === 'ok') return;
    throw new QueueError(
      'storage_failed',
      `The file ${file} did not pass SQLite's integrity check: ${verdict}.`,
      'Try again; if it happens again, check the disk.',
    );
  } finally {
    sqlite.close();
  }
}
