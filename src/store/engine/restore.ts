/** Replacing a queue with a backup. */

import path from 'node:path';
import { messageOf, QueueError } from '../../core/errors';
import { isErrno } from '../../system/errno';
import { type AttachedLines, attachedLines, detachFiles } from './attachedFiles';
import { journalName, type StorePosition, setAsideFolder, snapshotName, sortNames } from './fileNames';
import { type Files, nodeFiles, unlinkIfPresent, writeFileDurably } from './files';
import { applicationId, decodeSnapshot, encodeSnapshot } from './snapshotFile';
import { loadSqlJs, Sqlite } from './sqlite';

/** Prefix of the folder for a queue's former files; the generation follows. */
const formerPrefix = 'before-restore-';

const fileHeader = 'SQLite format 3\0';

export interface VerifiedDatabase {
  /** `user_version`. */
  schema: number;
  bytes: number;
}

export interface VerifyOptions {
  file: string;
  /** The folder with `sql-wasm.wasm`. */
  programs: string;
  /** The newest schema that this program supports. */
  newestSchema: number;
  files?: Files;
}

export interface RestoreOptions extends VerifyOptions {
  /** The storage folder, whose lock the caller holds. */
  storage: string;
  /** Of that lock. */
  generation: number;
  /** Puts what the backup took along where it belongs. */
  takeAttached?(lines: Iterable<AttachedLines>): Promise<void>;
}

export interface Restored extends VerifiedDatabase {
  /** The folder with the files of the former queue; null if there was none. */
  kept: string | null;
}

/**
 * Verifies that a file is a complete queue database.
 * @throws QueueError `not_found`, `invalid_field` (not one, or damaged) or `upgrade_required`
 */
export async function verifyDatabaseFile(options: VerifyOptions): Promise<VerifiedDatabase> {
  const { sqlite, schema, image } = await openBackup(options);
  sqlite.close();
  return { schema, bytes: image.length };
}

/**
 * Makes the backup `file` the queue in `storage`. The former files are first copied to a folder beside them, and the
 * backup takes effect when its snapshot is renamed, so a failure leaves one queue or the other, complete.
 */
export async function restoreDatabase(options: RestoreOptions): Promise<Restored> {
  const { takeAttached } = options;
  const { sqlite, schema, image } = await openBackup(options);
  try {
    const kept = await replaceDatabase(options, async () => {
      await takeAttached?.(attachedLines(sqlite));
      return detachFiles(sqlite) ? sqlite.image() : image;
    });
    return { schema, bytes: image.length, kept };
  } finally {
    sqlite.close();
  }
}

/**
 * Makes an image the database in `storage`, whose lock the caller holds, as `restoreDatabase` does. Answers the folder
 * with the files of the former one; null if there was none.
 */
export async function replaceDatabase(
  { storage, generation, files = nodeFiles }: Pick<RestoreOptions, 'storage' | 'generation' | 'files'>,
  image: () => Promise<Uint8Array>,
): Promise<string | null> {
  await files.makeFolder(storage);
  const names = sortNames(await files.readFolder(storage));
  const former = [...names.snapshots.map(snapshotName), ...names.journals.map(journalName)];
  const kept = former.length === 0 ? null : await keepFormer(files, storage, former, generation);
  const snapshot = path.join(storage, snapshotName(nextPosition(names, generation)));
  await writeFileDurably(files, snapshot, encodeSnapshot(await image(), 0));
  for (const name of former) await unlinkIfPresent(files, path.join(storage, name));
  return kept;
}

/** Whether this storage folder still keeps the files of a queue that a restore replaced. */
export async function keepsFormer(storage: string): Promise<boolean> {
  try {
    const names = await nodeFiles.readFolder(path.join(storage, setAsideFolder));
    return names.some((name) => name.startsWith(formerPrefix));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

function nextPosition(
  { snapshots, journals }: { snapshots: StorePosition[]; journals: StorePosition[] },
  generation: number,
): StorePosition {
  const numbers = [...snapshots, ...journals].filter((position) => position.generation === generation);
  return { generation, number: Math.max(-1, ...numbers.map(({ number }) => number)) + 1 };
}

async function keepFormer(
  files: Files,
  storage: string,
  names: string[],
  generation: number,
): Promise<string> {
  const folder = path.join(storage, setAsideFolder, `${formerPrefix}${generation}`);
  await files.makeFolder(folder);
  for (const name of names) {
    await writeFileDurably(files, path.join(folder, name), [await files.readFile(path.join(storage, name))]);
  }
  await files.syncFolder(path.dirname(folder));
  return folder;
}

/** The caller closes the database. */
async function openBackup({
  file,
  programs,
  newestSchema,
  files = nodeFiles,
}: VerifyOptions): Promise<{ sqlite: Sqlite; image: Uint8Array; schema: number }> {
  const sqlJs = await loadSqlJs(programs);
  const bytes = await readBackup(files, file);
  if (Buffer.from(bytes).toString('latin1', 0, fileHeader.length) !== fileHeader) {
    throw notOurs(file, 'is not an SQLite database');
  }
  // A snapshot file serves as well as a backup.
  const image = decodeSnapshot(bytes)?.image ?? bytes;
  let sqlite: Sqlite | undefined;
  try {
    sqlite = Sqlite.open(sqlJs, image);
    const verdict = sqlite.check();
    if (verdict !== 'ok') throw notOurs(file, `is damaged (${verdict})`);
    if (sqlite.pragma('application_id') !== applicationId)
      throw notOurs(file, 'is not the database of a queue');
    const schema = sqlite.pragma('user_version');
    if (schema <= newestSchema) return { sqlite, image, schema };
    throw new QueueError(
      'upgrade_required',
      `${file} was written by a newer SparkQ (schema ${schema}; this one knows ${newestSchema}).`,
      'Update SparkQ, then restore it.',
    );
  } catch (error) {
    sqlite?.close();
    throw QueueError.is(error) ? error : notOurs(file, `is damaged (${String(error)})`);
  }
}

async function readBackup(files: Files, file: string): Promise<Uint8Array> {
  try {
    return await files.readFile(file);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw new QueueError('not_found', `There is no file ${file}.`);
    throw notOurs(file, `cannot be read (${messageOf(error)})`);
  }
}

function notOurs(file: string, what: string): QueueError {
  return new QueueError(
    'invalid_field',
    `${file} ${what}.`,
    'Name a file that `sparkq backup` has written. The queue was not touched.',
  );
}
